import { createSession } from '../src/actions/sessions.ts'
import { visitOf } from '../src/app.ts'
import { newId } from '../src/ids.ts'
import { issueToken } from './control-plane.ts'
import { insertUsageRow } from './usage-row.ts'
import { createWorld, WITH_MAIL, type World } from './world.ts'

/** One installation with two teams that are alike. What the one has is named so that it is found in any text. */
export type TwoTeams = AsyncDisposable & {
  /** The team whose people ask, and the one that they must learn nothing of: the same world with other ids. */
  ours: World
  theirs: World
  /** Whoever is in our team: their API tokens, and the session of its admin. */
  people: Record<OurPeople, string>
  /** The admin of the other team. */
  theirAdmin: string
}

export type OurPeople = (typeof OUR_PEOPLE)[number]
export const OUR_PEOPLE = [
  'team admin',
  'team builder',
  'team viewer',
  'project admin',
  'project builder',
  'project viewer',
  'service account',
  'admin, in person',
] as const

/** Stands in every name, address and model of the other team. */
export const THEIR_MARK = 'zztheirs'

export async function twoTeams(): Promise<TwoTeams> {
  await using opened = new AsyncDisposableStack()
  const world = opened.use(await createWorld(WITH_MAIL))
  const ours = await teamOf(world, 'zzours')
  const theirs = await teamOf(world, THEIR_MARK)
  const { app, make } = world
  const { team: teamId, project: projectId } = ours.ids
  const admin = await issueToken(app, { role: 'admin', teamId })
  const secretOf = async (role: string, where: object) => (await issueToken(app, { role, ...where })).secret
  const { secret: accountToken } = await make('tokenCreate', {
    body: { name: 'deploys', serviceAccountId: ours.ids.serviceAccount, role: 'admin', teamId },
  })
  await make('grantCreate', {
    body: { serviceAccountId: ours.ids.serviceAccount, role: 'admin', teamId, production: true },
  })
  const session = { userId: admin.userId, kind: 'cli', methods: ['pwd', 'otp'], mfa: true } as const
  const cleanup = opened.move()
  return {
    ours,
    theirs,
    people: {
      'team admin': admin.secret,
      'team builder': await secretOf('builder', { teamId }),
      'team viewer': await secretOf('viewer', { teamId }),
      'project admin': await secretOf('admin', { projectId }),
      'project builder': await secretOf('builder', { projectId }),
      'project viewer': await secretOf('viewer', { projectId }),
      'service account': accountToken,
      'admin, in person': (await createSession(visitOf(app), session)).secret,
    },
    theirAdmin: await secretOf('admin', { teamId: theirs.ids.team }),
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}

/** A new team, and a world in which the samples find its ids: each name that they make bears the mark. */
async function teamOf(world: World, mark: string): Promise<World> {
  const { app, make } = world
  const team = await make('teamCreate', { body: { name: `${mark} team` } })
  const project = await make('projectCreate', { body: { teamId: team.id, name: `${mark} project` } })
  const inProject = { projectId: project.id, name: `${mark} main` }
  const environment = await make('environmentCreate', { body: { ...inProject, kind: 'development' } })
  const live = { projectId: project.id, name: `${mark} live`, kind: 'production' }
  const production = await make('environmentCreate', { body: live })
  const serviceAccount = await make('serviceAccountCreate', { body: inProject })
  const user = await make('userCreate', { body: { email: `${mark}@example.com`, name: `${mark} person` } })
  await make('grantCreate', {
    body: { userId: user.id, role: 'viewer', projectId: project.id, production: true },
  })
  const request = newId('req')
  await insertUsageRow(app, {
    requestId: request,
    teamId: team.id,
    projectId: project.id,
    environmentId: environment.id,
    serviceAccountId: serviceAccount.id,
    model: `${mark}/model`,
  })
  let names = 0
  return {
    ...world,
    ids: {
      team: team.id,
      project: project.id,
      environment: environment.id,
      production: production.id,
      serviceAccount: serviceAccount.id,
      user: user.id,
      request,
    },
    name: () => `${mark}-${++names}`,
  }
}
