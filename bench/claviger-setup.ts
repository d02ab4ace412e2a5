import { budgetCreate, budgetDelete, budgetList } from '../src/contract/budgets.ts'
import { type Client, call } from '../src/contract/client.ts'
import { credentialCreate } from '../src/contract/credentials.ts'
import { environmentCredentialSet } from '../src/contract/environment-credentials.ts'
import { environmentCreate } from '../src/contract/environments.ts'
import { keyCreate } from '../src/contract/keys.ts'
import { modelCreate } from '../src/contract/models.ts'
import { organizationView } from '../src/contract/organization.ts'
import { projectCreate } from '../src/contract/projects.ts'
import { providerCreate } from '../src/contract/providers.ts'
import { rateLimitCreate } from '../src/contract/rate-limits.ts'
import { serviceAccountCreate } from '../src/contract/service-accounts.ts'
import { teamCreate } from '../src/contract/teams.ts'
import type { Scope } from '../src/domain/scope.ts'
import { keyCount, model, ports, streamModel } from './settings.ts'

/** Hard budgets for the project, too; and how much the organization may spend. */
export type Budgets = { fourLevels?: boolean; limitUsd?: string | undefined }

/**
 * Makes what a call needs and every kind of rule that a call is checked against: a policy, rate limits and hard
 * budgets for organization, team and key, all too wide to refuse anything unless `limitUsd` is given.
 * Answers the keys' secrets.
 */
export async function configure(
  baseUrl: string,
  token: string,
  { fourLevels = false, limitUsd = wideBudget.limitUsd }: Budgets = {},
): Promise<string[]> {
  const client: Client = { baseUrl, token, fetch }
  const organization = await call(client, organizationView, {})
  const team = await call(client, teamCreate, { body: { name: 'Bench' } })
  const project = await call(client, projectCreate, { body: { teamId: team.id, name: 'Bench' } })
  const place = { projectId: project.id, name: 'bench' }
  const environment = await call(client, environmentCreate, { body: { ...place, kind: 'production' } })
  const account = await call(client, serviceAccountCreate, { body: place })

  await connectMock(client, environment.id)
  await limit(client, { type: 'organization', id: organization.id }, limitUsd)
  await limit(client, { type: 'team', id: team.id })
  if (fourLevels) await limit(client, { type: 'project', id: project.id })

  const secrets: string[] = []
  for (let i = 0; i < keyCount; i++) {
    const owner = { environmentId: environment.id, serviceAccountId: account.id, name: `bench-${i}` }
    const rules = { policy: widePolicy, rateLimit: wideRateLimit, budgets: [wideBudget] }
    secrets.push((await call(client, keyCreate, { body: { ...owner, ...rules } })).secret)
  }
  return secrets
}

/** Deletes all budgets, so that what they cost shows beside the same calls without them. Answers what they were set on. */
export async function deleteBudgets(baseUrl: string, token: string): Promise<Scope[]> {
  const client: Client = { baseUrl, token, fetch }
  const scopes: Scope[] = []
  for (;;) {
    const { data } = await call(client, budgetList, { query: { limit: 100 } })
    if (data.length === 0) return scopes
    for (const { id, scope } of data) {
      await call(client, budgetDelete, { params: { budgetId: id } })
      scopes.push(scope)
    }
  }
}

/** Sets wide budgets where they were. */
export async function createBudgets(baseUrl: string, token: string, scopes: readonly Scope[]): Promise<void> {
  const client: Client = { baseUrl, token, fetch }
  for (const scope of scopes) await call(client, budgetCreate, { body: { scope, ...wideBudget } })
}

/** Five million is exact in nano-USD in any arithmetic, and lasts for days of load. */
const wideBudget = { name: 'bench', kind: 'hard', period: 'month', limitUsd: '5000000' } as const

const wideRateLimit = {
  requestsPerMinute: 2_000_000_000,
  tokensPerMinute: 2_000_000_000,
  concurrentCalls: 1_000_000,
}

const widePolicy = {
  models: ['bench-*'],
  operations: ['chat.completions' as const],
  maxOutputTokens: 4096,
}

/** The mock as a provider, with models of our own that are priced near a real one: USD per million tokens. */
async function connectMock(client: Client, environmentId: string): Promise<void> {
  const baseUrl = `http://127.0.0.1:${ports.mock}/v1`
  const provider = await call(client, providerCreate, {
    body: { name: 'bench', kind: 'openai_compatible', baseUrl },
  })
  const credential = await call(client, credentialCreate, {
    body: { providerId: provider.id, name: 'bench', secret: 'sk-bench-provider' },
  })
  await call(client, environmentCredentialSet, {
    params: { environmentId },
    body: { credentialIds: [credential.id] },
  })
  for (const name of [model, streamModel]) {
    const price = { rates: { input: '2.5', output: '10' }, contextWindow: 400_000, maxOutputTokens: 16_384 }
    await call(client, modelCreate, {
      body: { name, providerId: provider.id, upstreamModel: name, ...price },
    })
  }
}

async function limit(
  client: Client,
  scope: { type: 'organization' | 'team' | 'project'; id: string },
  limitUsd: string = wideBudget.limitUsd,
): Promise<void> {
  await call(client, budgetCreate, { body: { scope, ...wideBudget, limitUsd } })
  await call(client, rateLimitCreate, { body: { scope, ...wideRateLimit } })
}
