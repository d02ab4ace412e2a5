import { createDemoProvider } from '../../src/actions/demo.ts'
import { setSeen } from '../../src/db/credential-health.ts'
import type { ReportedLimit } from '../../src/domain/reported-limits.ts'
import type { Places, Project } from './acme-places.ts'
import { rewriteHistory, type Stage } from './acme-stage.ts'

export type Providers = Record<'openai' | 'anthropic' | 'demo', { id: string; credentialId: string }>

/** Providers with their credentials, the models that Acme names itself, and what the teams may use. */
export async function connectProviders(stage: Stage, places: Places): Promise<Providers> {
  const { app, owner, make, say } = stage
  await createDemoProvider(app)
  const { data } = await make(owner, 'credentialList', {})
  const [demo] = data
  const provider = async (kind: 'openai' | 'anthropic', secret: string) => {
    const { id } = await make(owner, 'providerCreate', { body: { name: kind, kind } })
    const body = { providerId: id, name: say('main account'), secret }
    const credential = await make(owner, 'credentialCreate', { body })
    return { id, credentialId: credential.id as string }
  }
  const providers = {
    openai: await provider('openai', 'sk-proj-an-acme-secret-of-openai-7Kq2'),
    anthropic: await provider('anthropic', 'sk-ant-api03-an-acme-secret-m4Xw'),
    demo: { id: demo.providerId as string, credentialId: demo.id as string },
  }
  await addOldCredential(stage, providers.openai.id)
  await sayLimits(stage, providers.openai.credentialId)

  const { catalogue, ranking } = places.search.projects
  const { helpdesk } = places.support.projects
  const all = Object.values(providers).map(({ credentialId }) => credentialId)
  for (const { development, staging, production } of [catalogue, ranking, helpdesk] satisfies Project[]) {
    for (const environmentId of [development, staging, production]) {
      const body = { credentialIds: all }
      await make(owner, 'environmentCredentialSet', { params: { environmentId }, body })
    }
  }

  const own = { name: 'fast', providerId: providers.openai.id, upstreamModel: 'gpt-5.4-mini' }
  await make(owner, 'modelCreate', { body: own })
  const rates = { input: '0.18', output: '0.72' }
  const priced = {
    name: 'acme-rerank',
    providerId: providers.openai.id,
    upstreamModel: 'acme-rerank-2',
    rates,
  }
  await make(owner, 'modelCreate', { body: { ...priced, contextWindow: 32_768, maxOutputTokens: 4_096 } })

  const policy = (id: string, body: object) =>
    make(owner, 'policySet', { params: { scopeType: 'team', scopeId: id }, body })
  await policy(places.search.id, {
    models: ['gpt-5*', 'claude-*', 'fast', 'demo/*'],
    maxOutputTokens: 16_000,
  })
  await policy(places.support.id, { models: ['claude-*', 'gpt-5.4-mini', 'demo/*'] })
  return providers
}

/** What the provider said in its last answer of what is left of its own limits. */
async function sayLimits({ app }: Stage, id: string): Promise<void> {
  const calledAt = new Date(Date.now() - 4 * 60_000)
  const resetsAt = new Date(Date.now() + 2_000).toISOString()
  const limits: ReportedLimit[] = [
    { what: 'requests', limit: 10_000, remaining: 9_412, resetsAt },
    { what: 'tokens', limit: 2_000_000, remaining: 1_368_200, resetsAt },
  ]
  await setSeen(app.db, [{ id, secretVersion: 1, calledAt, failedAt: null, failedStatus: null, limits }])
}

/** One that is no longer used, and one that its provider refused. */
async function addOldCredential(stage: Stage, providerId: string): Promise<void> {
  const { owner, make, say } = stage
  const credential = async (name: string, secret: string) => {
    const body = { providerId, name: say(name), secret }
    return (await make(owner, 'credentialCreate', { body })).id as string
  }
  const old = await credential('before the move', 'sk-proj-an-older-acme-secret-9Zt1')
  await make(owner, 'credentialUpdate', { params: { credentialId: old }, body: { enabled: false } })
  const spent = await credential('batch account', 'sk-proj-a-spent-acme-secret-b3Rd')
  const parkedUntil = new Date(Date.now() + 3_600_000)
  const parked = {
    state: 'parked',
    parkedUntil,
    parkedReason: 'The account of the provider is spent.',
  } as const
  await rewriteHistory(stage, (db) =>
    db.updateTable('credentials').set(parked).where('id', '=', spent).execute(),
  )
}
