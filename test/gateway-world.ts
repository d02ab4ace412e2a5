import { createApi } from '../src/api/app.ts'
import type { Config } from '../src/config.ts'
import { createGateway, type GatewayServer } from '../src/gateway/server.ts'
import { createHealth } from '../src/health.ts'
import { startHttpServers } from '../src/http-server.ts'
import type { ServeInbound } from '../src/http1-inbound.ts'
import { type TestApp, testApp } from './app.ts'
import { type ControlPlane, operationNamed, type Sample, serveControlPlane } from './control-plane.ts'
import { type FakeProvider, startFakeProvider } from './fake-provider.ts'
import { until } from './raw-peer.ts'

/** Both halves behind the real server, before a fake provider, with one key that may call it. */
export type GatewayWorld = AsyncDisposable & {
  app: TestApp
  api: ControlPlane
  fake: FakeProvider
  gateway: GatewayServer
  url: string
  ids: Record<
    'team' | 'project' | 'environment' | 'serviceAccount' | 'openai' | 'anthropic' | 'credential',
    string
  >
  key: IssuedKey
  make: Make
  /** A key of the environment, with whatever `keyCreate` takes beside. */
  issueKey(more?: object): Promise<IssuedKey>
  /** A model of this name at the fake OpenAI, at 1 USD per million tokens in and 10 out. */
  addModel(name: string, more?: object): Promise<void>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  /** Every usage row, once all that was settled is written. */
  usage(): ReturnType<typeof usageRows>
}

export type IssuedKey = { id: string; secret: string }

// biome-ignore lint/suspicious/noExplicitAny: the answer of any operation.
type Make = (name: string, sample: Sample) => Promise<any>

export const OPENAI_SECRET = 'sk-proj-fake-openai-secret-0001'
export const ANTHROPIC_SECRET = 'sk-ant-fake-anthropic-secret-01'

export async function gatewayWorld(overrides: Partial<Config> = {}): Promise<GatewayWorld> {
  const cleanup = new AsyncDisposableStack()
  const app = cleanup.use(await testApp({ privateUpstreams: ['127.0.0.0/8'], drainSeconds: 0, ...overrides }))
  const api = cleanup.use(await serveControlPlane(app))
  const fake = cleanup.use(await startFakeProvider())
  const make: Make = async (name, sample) => {
    const { status, body } = await api.send(operationNamed(name), sample, { token: api.owner })
    if (status >= 300) throw new Error(`${name}: ${status} ${JSON.stringify(body)} ${app.logged.at(-1)}`)
    return body
  }
  const team = await make('teamCreate', { body: { name: 'Search' } })
  const project = await make('projectCreate', { body: { teamId: team.id, name: 'Site' } })
  const inProject = { projectId: project.id, name: 'main' }
  const environment = await make('environmentCreate', { body: { ...inProject, kind: 'development' } })
  const serviceAccount = await make('serviceAccountCreate', { body: inProject })
  const provider = async (name: string, kind: string, secret: string) => {
    const { id } = await make('providerCreate', { body: { name, kind, baseUrl: `${fake.url}/v1` } })
    const credential = await make('credentialCreate', { body: { providerId: id, name: 'main', secret } })
    return { id, credentialId: credential.id }
  }
  const openai = await provider('openai', 'openai', OPENAI_SECRET)
  const anthropic = await provider('anthropic', 'anthropic', ANTHROPIC_SECRET)
  await make('environmentCredentialSet', {
    params: { environmentId: environment.id },
    body: { credentialIds: [openai.credentialId, anthropic.credentialId] },
  })
  const ids = {
    team: team.id,
    project: project.id,
    environment: environment.id,
    serviceAccount: serviceAccount.id,
    openai: openai.id,
    anthropic: anthropic.id,
    credential: openai.credentialId,
  }
  let keys = 0
  const issueKey = async (more: object = {}) => {
    const body = {
      environmentId: ids.environment,
      serviceAccountId: ids.serviceAccount,
      name: `key-${++keys}`,
    }
    const { key, secret } = await make('keyCreate', { body: { ...body, ...more } })
    return { id: key.id, secret }
  }
  const key = await issueKey()

  const gateway = await createGateway(app)
  cleanup.defer(() => gateway.close())
  const { url, close } = await listen(app, gateway.handle)
  cleanup.defer(close)
  return {
    app,
    api,
    fake,
    gateway,
    url,
    ids,
    key,
    make,
    issueKey,
    async addModel(name, more = {}) {
      const rates = { input: '1', output: '10' }
      await make('modelCreate', {
        body: {
          name,
          providerId: ids.openai,
          upstreamModel: name,
          rates,
          contextWindow: 1000,
          maxOutputTokens: 100,
          ...more,
        },
      })
      const authorization = `Bearer ${key.secret}`
      const found = async () => (await fetch(`${url}/v1/models/${name}`, { headers: { authorization } })).ok
      await until(`the gateway knows ${name}`, found)
    },
    post: (path, body, headers = {}) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key.secret}`, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    usage: () => usageRows(app),
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}

async function listen(app: TestApp, gateway: ServeInbound): Promise<{ url: string; close(): Promise<void> }> {
  const servers = await startHttpServers(app, {
    gateway,
    controlPlane: createApi(app),
    health: createHealth(app),
  })
  return { url: `http://127.0.0.1:${servers.ports.gateway}`, close: () => servers.close(0) }
}

async function usageRows(app: TestApp) {
  return app.db.selectFrom('usage').selectAll().orderBy('id').execute()
}
