import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Db } from '../../src/app.ts'
import type { Client } from '../../src/contract/client.ts'
import { call } from '../../src/contract/client.ts'
import { credentialCreate } from '../../src/contract/credentials.ts'
import { environmentCredentialSet } from '../../src/contract/environment-credentials.ts'
import { environmentCreate } from '../../src/contract/environments.ts'
import { keyCreate } from '../../src/contract/keys.ts'
import { modelCreate } from '../../src/contract/models.ts'
import type { Input } from '../../src/contract/operation.ts'
import { projectCreate } from '../../src/contract/projects.ts'
import { providerCreate } from '../../src/contract/providers.ts'
import { serviceAccountCreate } from '../../src/contract/service-accounts.ts'
import { teamCreate } from '../../src/contract/teams.ts'
import { connect } from '../../src/db/connect.ts'
import { type Program, testDataDirectory } from '../program.ts'
import { until } from '../raw-peer.ts'
import { startNodeProcess } from './node-process.ts'
import { type ProviderProcess, startProviderProcess } from './provider-process.ts'

/** Claviger as a user runs it: a process on a data directory, set up over its API, before a provider that is another process. */
export type Installation = AsyncDisposable & {
  provider: ProviderProcess
  dataDir: string
  /** The process that runs now, or that ended last. */
  program: Program
  /** Where it answers: another port after each start. */
  url: string
  /** The owner's. */
  client: Client
  ids: Record<'team' | 'project' | 'environment' | 'serviceAccount', string>
  /** Starts it again, by the same command, and waits until it answers. */
  start(): Promise<void>
  issueKey(terms?: Partial<Input<typeof keyCreate>['body']>): Promise<{ id: string; secret: string }>
  /** Models at the fake provider, at 1 USD per million tokens in and 10 out, under a name for each address of it. */
  addModels(...names: string[]): Promise<void>
  /** The value of a metric that has no labels. */
  metric(name: string): Promise<number>
  /** A look into its database, from outside. */
  db(): Db
}

/** The name of a model when it is reached by the provider's address number `index`. */
export function modelOver(index: number, name: string): string {
  return index === 0 ? name : `${name}-${index + 1}`
}

/**
 * Without a `DATABASE_URL` among the `more` variables it makes and keeps its own database. `wired` says by which
 * addresses it reaches the provider.
 */
export async function install(
  more: Record<string, string> = {},
  wired = (providerUrl: string) => Promise.resolve([providerUrl]),
): Promise<Installation> {
  await using opened = new AsyncDisposableStack()
  const provider = opened.use(await startProviderProcess())
  const directory = opened.use(testDataDirectory())
  const dataDir = directory.path
  const tokenFile = join(dataDir, 'owner-token')
  const variables = {
    CLAVIGER_DATA_DIR: dataDir,
    CLAVIGER_PRIVATE_UPSTREAMS: '127.0.0.0/8',
    CLAVIGER_SETUP_ORGANIZATION: 'Acme',
    CLAVIGER_SETUP_EMAIL: 'ada@example.com',
    CLAVIGER_SETUP_TOKEN_FILE: tokenFile,
    ...more,
  }
  const node = opened.use(await startNodeProcess(variables))
  const client = (): Client => ({ baseUrl: node.url, token: readFileSync(tokenFile, 'utf8').trim(), fetch })
  const made = await makeWorld(client(), await wired(provider.url))

  let keys = 0
  const issueKey: Installation['issueKey'] = async (terms = {}) => {
    const { environment: environmentId, serviceAccount: serviceAccountId } = made.ids
    const body = { environmentId, serviceAccountId, name: `key-${++keys}`, ...terms }
    const { key, secret } = await call(client(), keyCreate, { body })
    return { id: key.id, secret }
  }
  const cleanup = opened.move()
  return {
    provider,
    dataDir,
    get program() {
      return node.program
    },
    get url() {
      return node.url
    },
    get client() {
      return client()
    },
    ids: made.ids,
    start: () => node.start(),
    issueKey,
    async addModels(...names) {
      const rates = { input: '1', output: '10' }
      const size = { contextWindow: 1000, maxOutputTokens: 100 }
      const models = made.providerIds.flatMap((providerId, index) =>
        names.map((name) => ({ name: modelOver(index, name), providerId, upstreamModel: name })),
      )
      for (const model of models) await call(client(), modelCreate, { body: { ...model, rates, ...size } })
      const { secret } = await issueKey()
      const authorization = `Bearer ${secret}`
      await until('the gateway knows the models', async () => {
        const listed = await (await fetch(`${node.url}/v1/models`, { headers: { authorization } })).text()
        return models.every(({ name }) => listed.includes(`"${name}"`))
      })
    },
    async metric(name) {
      const text = await (await fetch(`${node.url}/metrics`)).text()
      return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1])
    },
    db() {
      const url = more.DATABASE_URL ?? embeddedUrl(dataDir)
      return connect({ url, name: 'test', max: 2, statementTimeoutMs: 10_000, onError: () => {} })
    },
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}

async function makeWorld(client: Client, providerUrls: readonly string[]) {
  const team = await call(client, teamCreate, { body: { name: 'Search' } })
  const project = await call(client, projectCreate, { body: { teamId: team.id, name: 'Site' } })
  const inProject = { projectId: project.id, name: 'main' }
  const environment = await call(client, environmentCreate, { body: { ...inProject, kind: 'development' } })
  const serviceAccount = await call(client, serviceAccountCreate, { body: inProject })
  const providerIds: string[] = []
  const credentialIds: string[] = []
  for (const [index, url] of providerUrls.entries()) {
    const openai = { name: modelOver(index, 'openai'), kind: 'openai' as const, baseUrl: `${url}/v1` }
    const { id: providerId } = await call(client, providerCreate, { body: openai })
    const secret = `sk-proj-fake-openai-secret-000${index + 1}`
    const { id } = await call(client, credentialCreate, { body: { providerId, name: 'main', secret } })
    providerIds.push(providerId)
    credentialIds.push(id)
  }
  await call(client, environmentCredentialSet, {
    params: { environmentId: environment.id },
    body: { credentialIds },
  })
  const ids = {
    team: team.id,
    project: project.id,
    environment: environment.id,
    serviceAccount: serviceAccount.id,
  }
  return { ids, providerIds }
}

/** The address of the database that a process keeps in its data directory. */
export function embeddedUrl(dataDir: string): string {
  const password = readFileSync(join(dataDir, 'secrets', 'database-password'), 'utf8').trim()
  const port = readFileSync(join(dataDir, 'database', 'postmaster.pid'), 'utf8').split('\n')[3]
  return `postgres://claviger:${password}@127.0.0.1:${port}/claviger`
}
