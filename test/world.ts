import { createSession } from '../src/actions/sessions.ts'
import { visitOf } from '../src/app.ts'
import type { Config } from '../src/config.ts'
import { newId } from '../src/ids.ts'
import { type TestApp, testApp } from './app.ts'
import {
  type ControlPlane,
  type Held,
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
  /** `viewer` and `analyst` look at everything; `person` is the owner, in a session of the command line. */
  tokens: Record<
    | 'owner'
    | 'person'
    | 'admin'
    | 'adminNotProduction'
    | 'analyst'
    | 'viewer'
    | 'developer'
    | 'ownTeam'
    | 'teamBuilder'
    | 'teamViewer'
    | 'projectAdmin'
    | 'builder'
    | 'projectViewer'
    | 'otherTeam',
    string
  >
  /** Everything here is the first team's, but for the user. */
  ids: Record<
    'team' | 'project' | 'environment' | 'production' | 'serviceAccount' | 'user' | 'request',
    string
  >
  /** Calls an operation as the owner and returns what it answers: how samples make what they need. */
  make: Make
  /** A name that nothing has yet. */
  name(): string
}

/** Mail that goes nowhere: some things, such as a new address of one's own, are to be had only where mail is sent. */
export const WITH_MAIL = { mail: { smtpUrl: 'smtp://127.0.0.1:9', from: 'claviger@example.com' } }

// biome-ignore lint/suspicious/noExplicitAny: the answer of any operation.
type Make = (name: string, sample: Sample) => Promise<any>

export async function createWorld(overrides: Partial<Config> = {}): Promise<World> {
  const cleanup = new AsyncDisposableStack()
  const app = cleanup.use(await testApp({ url: 'http://localhost:8484', ...overrides }))
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
  const live = { projectId: project.id, name: 'live', kind: 'production' }
  const production = await make('environmentCreate', { body: live })
  // Whoever owns keys needs a role where they are used.
  const mayHoldKeys = { userId: user.id, role: 'viewer', projectId: project.id, production: true }
  await make('grantCreate', { body: mayHoldKeys })
  const request = newId('req')
  await insertUsageRow(app, {
    requestId: request,
    teamId: team.id,
    projectId: project.id,
    environmentId: environment.id,
    serviceAccountId: serviceAccount.id,
  })
  const secretOf = async (held: Held) => (await issueToken(app, held)).secret
  const analyst = await secretOf({ role: 'analyst' })
  let names = 0
  return {
    app,
    api,
    make,
    tokens: {
      owner: api.owner,
      person: await personOf(app, api.owner),
      admin: await secretOf({ role: 'admin' }),
      adminNotProduction: await secretOf({ role: 'admin', production: false }),
      analyst,
      viewer: analyst,
      developer: await secretOf({ role: 'developer' }),
      ownTeam: await secretOf({ role: 'admin', teamId: team.id }),
      teamBuilder: await secretOf({ role: 'builder', teamId: team.id }),
      teamViewer: await secretOf({ role: 'viewer', teamId: team.id }),
      projectAdmin: await secretOf({ role: 'admin', projectId: project.id }),
      builder: await secretOf({ role: 'builder', projectId: project.id }),
      projectViewer: await secretOf({ role: 'viewer', projectId: project.id }),
      otherTeam: await secretOf({ role: 'admin', teamId: otherTeam.id }),
    },
    ids: {
      team: team.id,
      project: project.id,
      environment: environment.id,
      production: production.id,
      serviceAccount: serviceAccount.id,
      user: user.id,
      request,
    },
    name: () => `sample-${++names}`,
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}

/** The access token of a session of whoever owns this API token. */
async function personOf(app: TestApp, token: string): Promise<string> {
  const { userId } = await app.db
    .selectFrom('apiTokens')
    .select('userId')
    .where('hash', '=', app.keyring.hashSecret(token))
    .executeTakeFirstOrThrow()
  const session = { userId: userId ?? '', kind: 'cli', methods: ['pwd', 'otp'], mfa: true } as const
  return (await createSession(visitOf(app), session)).secret
}
