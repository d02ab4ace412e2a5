import { newId } from '../src/ids.ts'
import { type TestApp, testApp } from './app.ts'
import {
  type ControlPlane,
  issueToken,
  operationNamed,
  type Sample,
  serveControlPlane,
} from './control-plane.ts'
import { insertUsageRow } from './usage-row.ts'

/** An installation with two teams, what is in one of them, and a token of every kind that matters. */
export type World = AsyncDisposable & {
  app: TestApp
  api: ControlPlane
  tokens: Record<'owner' | 'viewer' | 'ownTeam' | 'otherTeam', string>
  /** Everything here is the first team's, but for the user. */
  ids: Record<'team' | 'project' | 'environment' | 'serviceAccount' | 'user' | 'request', string>
  /** Calls an operation as the owner and returns what it answers: how samples make what they need. */
  make: Make
  /** A name that nothing has yet. */
  name(): string
}

// biome-ignore lint/suspicious/noExplicitAny: the answer of any operation.
type Make = (name: string, sample: Sample) => Promise<any>

export async function createWorld(): Promise<World> {
  const cleanup = new AsyncDisposableStack()
  const app = cleanup.use(await testApp())
  const api = cleanup.use(await serveControlPlane(app))
  const make: Make = async (name, sample) => {
    const { status, body } = await api.send(operationNamed(name), sample, { token: api.owner })
    if (status >= 300)
      throw new Error(`${name}, as the owner: ${status} ${JSON.stringify(body)} ${app.logged.at(-1)}`)
    return body
  }
  const team = await make('teamCreate', { body: { name: 'Ours' } })
  const otherTeam = await make('teamCreate', { body: { name: 'Theirs' } })
  const project = await make('projectCreate', { body: { teamId: team.id, name: 'Site' } })
  const inProject = { projectId: project.id, name: 'main' }
  const environment = await make('environmentCreate', { body: { ...inProject, kind: 'development' } })
  const serviceAccount = await make('serviceAccountCreate', { body: inProject })
  const user = await make('userCreate', { body: { email: 'ada@example.com', name: 'Ada' } })
  const request = newId('req')
  await insertUsageRow(app, {
    requestId: request,
    teamId: team.id,
    projectId: project.id,
    environmentId: environment.id,
    serviceAccountId: serviceAccount.id,
  })
  let names = 0
  return {
    app,
    api,
    make,
    tokens: {
      owner: api.owner,
      viewer: (await issueToken(app, { role: 'viewer' })).secret,
      ownTeam: (await issueToken(app, { role: 'admin', teamId: team.id })).secret,
      otherTeam: (await issueToken(app, { role: 'admin', teamId: otherTeam.id })).secret,
    },
    ids: {
      team: team.id,
      project: project.id,
      environment: environment.id,
      serviceAccount: serviceAccount.id,
      user: user.id,
      request,
    },
    name: () => `sample-${++names}`,
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}
