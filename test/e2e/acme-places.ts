import type { Person, Stage } from './acme-stage.ts'

/** Who is at Acme, by what they do there. */
export type People = Record<
  'owner' | 'admin' | 'teamAdmin' | 'developer' | 'analyst' | 'builder' | 'newcomer',
  Person
>

export type Places = {
  search: Team<'catalogue' | 'ranking'>
  support: Team<'helpdesk'>
}

type Team<Name extends string> = { id: string; projects: Record<Name, Project> }
export type Project = {
  id: string
  teamId: string
  development: string
  staging: string
  production: string
  /** A program that calls from production. */
  program: string
}

/** Two teams, their projects with three environments each, and everybody in their roles. */
export async function openPlaces(stage: Stage): Promise<{ people: People; places: Places }> {
  const { owner, make, say } = stage
  await make(owner, 'organizationUpdate', { body: { timeZone: 'Europe/Berlin' } })
  const team = async (name: string) =>
    (await make(owner, 'teamCreate', { body: { name: say(name) } })).id as string
  const searchId = await team('Search')
  const supportId = await team('Support')
  const places = {
    search: {
      id: searchId,
      projects: {
        catalogue: await project(stage, searchId, 'Catalogue search', 'catalogue-api'),
        ranking: await project(stage, searchId, 'Ranking lab', 'ranking-trainer'),
      },
    },
    support: {
      id: supportId,
      projects: { helpdesk: await project(stage, supportId, 'Helpdesk assistant', 'helpdesk-bot') },
    },
  }
  return { people: await hire(stage, places), places }
}

async function project(stage: Stage, teamId: string, name: string, program: string): Promise<Project> {
  const { owner, make, say } = stage
  const { id } = await make(owner, 'projectCreate', { body: { teamId, name: say(name) } })
  const environment = async (kind: string) => {
    const body = { projectId: id, name: say(kind), kind }
    return (await make(owner, 'environmentCreate', { body })).id as string
  }
  const account = { body: { projectId: id, name: say(program) } }
  const { id: programId } = await make(owner, 'serviceAccountCreate', account)
  return {
    id,
    teamId,
    development: await environment('development'),
    staging: await environment('staging'),
    production: await environment('production'),
    program: programId,
  }
}

async function hire(stage: Stage, { search, support }: Places): Promise<People> {
  const { owner, make, person } = stage
  const grant = (who: Person, role: string, where: object) =>
    make(owner, 'grantCreate', { body: { userId: who.userId, role, ...where } })
  const people = {
    owner,
    admin: await person('Jonas Weber', 'jonas.weber@acme.example'),
    teamAdmin: await person('Priya Raman', 'priya.raman@acme.example'),
    developer: await person('Mateo Álvarez', 'mateo.alvarez@acme.example'),
    analyst: await person('Ingrid Solberg', 'ingrid.solberg@acme.example'),
    builder: await person('Wei Chen', 'wei.chen@acme.example'),
    newcomer: await person('Amara Diallo', 'amara.diallo@acme.example'),
  }
  await grant(people.admin, 'admin', { production: true })
  await grant(people.teamAdmin, 'admin', { teamId: search.id, production: true })
  await grant(people.developer, 'developer', {})
  await grant(people.builder, 'developer', {})
  await grant(people.developer, 'builder', { teamId: search.id })
  await grant(people.analyst, 'analyst', {})
  await grant(people.builder, 'builder', { projectId: support.projects.helpdesk.id, production: true })
  await grant(people.newcomer, 'viewer', { projectId: support.projects.helpdesk.id })
  return people
}
