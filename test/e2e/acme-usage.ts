import type { Insertable } from 'kysely'
import type { Usage } from '../../src/db/schema.ts'
import { newId } from '../../src/ids.ts'
import type { Key, Keys } from './acme-keys.ts'
import type { Providers } from './acme-models.ts'
import { type Budgets, SPENT_USD } from './acme-money.ts'
import type { Stage } from './acme-stage.ts'

const DAYS = 30
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const ROWS_AT_ONCE = 500

/** How much a key is used: calls on a working day, and of which model. Costs are nano-USD a token, in and out. */
type Habit = {
  key: Key
  provider: keyof Providers
  model: string
  servedModel: string
  calls: number
  tokens: { input: number; output: number }
  rates: { input: bigint; output: bigint }
}

/** What is not right with some of the calls, and how often of a thousand. */
const TROUBLES = [
  { of1000: 12, status: 429, errorCode: 'rate_limit_exceeded' },
  { of1000: 6, status: 502, errorCode: 'upstream_failed' },
  { of1000: 3, status: 504, errorCode: 'upstream_timeout' },
  { of1000: 4, status: 403, errorCode: 'model_not_allowed' },
] as const

/** Calls of the last thirty days, fewer at weekends and at night, some of them refused or failed. Always the same ones. */
export async function recordUsage(
  { app, owner, make }: Stage,
  { keys, providers, budgets }: { keys: Keys; providers: Providers; budgets: Budgets },
): Promise<void> {
  const random = seeded(7)
  const rows = habits(keys).flatMap((habit) => callsOf(habit, providers, random))
  rows.push(...refused(keys.helpdesk, budgets.at100), ...unpriced(keys.active, providers))
  const { secrets } = await make(owner, 'keyView', { params: { keyId: keys.grace.id } })
  rows.push(...draining(keys.grace, providers, secrets[0].id))
  const { window } = await make(owner, 'budgetView', { params: { budgetId: budgets.at85 } })
  const month = rows.filter(({ admittedAt }) => new Date(admittedAt) >= new Date(window.startedAt))
  const { active, helpdesk } = keys
  comeTo(
    SPENT_USD.at85,
    month.filter(({ teamId }) => teamId === active.place.teamId),
  )
  comeTo(
    SPENT_USD.at100,
    month.filter(({ projectId }) => projectId === helpdesk.place.projectId),
  )
  for (let i = 0; i < rows.length; i += ROWS_AT_ONCE) {
    await app.db
      .insertInto('usage')
      .values(rows.slice(i, i + ROWS_AT_ONCE))
      .execute()
  }
  for (const id of [...habits(keys).map(({ key }) => key.secretId), secrets[0].id]) {
    const lastUsedAt = new Date(Date.now() - 4 * 60_000)
    await app.db.updateTable('keySecrets').set({ lastUsedAt }).where('id', '=', id).execute()
  }
}

function habits(keys: Keys): Habit[] {
  const mini = { provider: 'openai', model: 'gpt-5.4-mini', servedModel: 'gpt-5.4-mini-2026-03-17' } as const
  const large = { provider: 'openai', model: 'gpt-5.5', servedModel: 'gpt-5.5-2026-04-23' } as const
  const sonnet = { provider: 'anthropic', model: 'claude-sonnet-5', servedModel: 'claude-sonnet-5' } as const
  const opus = { provider: 'anthropic', model: 'claude-opus-4-8', servedModel: 'claude-opus-4-8' } as const
  const short = { input: 12_000, output: 1_600 }
  const long = { input: 100_000, output: 9_000 }
  return [
    { key: keys.active, ...mini, calls: 26, tokens: short, rates: { input: 750n, output: 4_500n } },
    { key: keys.active, ...large, calls: 4, tokens: long, rates: { input: 5_000n, output: 30_000n } },
    { key: keys.ranking, ...mini, calls: 12, tokens: long, rates: { input: 750n, output: 4_500n } },
    { key: keys.helpdesk, ...sonnet, calls: 16, tokens: long, rates: { input: 3_000n, output: 15_000n } },
    { key: keys.developers, ...opus, calls: 9, tokens: long, rates: { input: 5_000n, output: 25_000n } },
    { key: keys.grace, ...sonnet, calls: 6, tokens: short, rates: { input: 3_000n, output: 15_000n } },
    { key: keys.suspended, ...mini, calls: 2, tokens: short, rates: { input: 750n, output: 4_500n } },
  ]
}

function callsOf(habit: Habit, providers: Providers, random: () => number): Insertable<Usage>[] {
  const rows: Insertable<Usage>[] = []
  for (let day = DAYS - 1; day >= 0; day--) {
    const midnight = Math.floor((Date.now() - day * DAY_MS) / DAY_MS) * DAY_MS
    const weekend = [0, 6].includes(new Date(midnight).getUTCDay())
    // A tenth more each week.
    const calls = habit.calls * (weekend ? 0.3 : 1) * (1 + (DAYS - day) / 70) * (0.7 + 0.6 * random())
    for (let i = 0; i < calls; i++) {
      const at = new Date(midnight + (7 + 12 * random()) * HOUR_MS)
      if (at.getTime() < Date.now()) rows.push(call(habit, providers, at, random))
    }
  }
  return rows
}

function call(
  { key, provider, model, servedModel, tokens, rates }: Habit,
  providers: Providers,
  at: Date,
  random: () => number,
): Insertable<Usage> {
  const { id: providerId, credentialId } = providers[provider]
  const base = { ...common(key, at), model, ip: `198.51.100.${10 + Math.floor(random() * 6)}` }
  const trouble = troubleOf(random)
  if (trouble) {
    const { status, errorCode } = trouble
    const reached = status >= 500 && { providerId, credentialId, upstreamModel: model }
    return { ...base, ...reached, status, errorCode, durationMs: Math.round(random() * 900) }
  }
  const inputTokens = Math.round(tokens.input * (0.4 + 1.2 * random()))
  const outputTokens = Math.round(tokens.output * (0.4 + 1.2 * random()))
  const cachedInputTokens = Math.round(inputTokens * 0.4 * random())
  const firstByteMs = 180 + Math.round(random() * 700)
  return {
    ...base,
    status: 200,
    providerId,
    credentialId,
    upstreamModel: model,
    servedModel,
    inputTokens: BigInt(inputTokens),
    cachedInputTokens: BigInt(cachedInputTokens),
    outputTokens: BigInt(outputTokens),
    costNanoUsd: BigInt(inputTokens) * rates.input + BigInt(outputTokens) * rates.output,
    firstByteMs,
    durationMs: firstByteMs + outputTokens * 9,
    estimated: random() < 0.01,
  }
}

/**
 * Makes calls larger or smaller, all by as much, until they cost so many dollars: what their budget is to have spent. In the
 * first hours of a month there may be no call yet, and then nothing is spent.
 */
function comeTo(usd: number, rows: Insertable<Usage>[]): void {
  const target = BigInt(usd) * 1_000_000_000n
  const costOf = (some: Insertable<Usage>[]) =>
    some.reduce((sum, row) => sum + BigInt(row.costNanoUsd ?? 0), 0n)
  const priced = rows.filter(({ costNanoUsd, priced }) => costNanoUsd !== undefined && priced !== false)
  const [first] = priced
  if (first === undefined) return
  const [wanted, cost] = [target - costOf(rows) + costOf(priced), costOf(priced)]
  const scaled = (amount: unknown) => (BigInt(amount as bigint) * wanted) / cost
  for (const row of priced) {
    row.costNanoUsd = scaled(row.costNanoUsd)
    row.inputTokens = scaled(row.inputTokens)
    row.outputTokens = scaled(row.outputTokens)
    if (row.cachedInputTokens !== undefined) row.cachedInputTokens = scaled(row.cachedInputTokens)
  }
  first.costNanoUsd = BigInt(first.costNanoUsd ?? 0) + target - costOf(rows)
}

/** Calls that a model answered of which nobody said what it costs: what was held for them stands in its place. */
function unpriced(key: Key, { openai }: Providers): Insertable<Usage>[] {
  return [5, 29, 50].map((hoursAgo) => ({
    ...common(key, new Date(Date.now() - hoursAgo * HOUR_MS)),
    model: 'gpt-5.5',
    servedModel: 'gpt-5.5-preview',
    providerId: openai.id,
    credentialId: openai.credentialId,
    upstreamModel: 'gpt-5.5',
    status: 200,
    inputTokens: 9_000n,
    outputTokens: 700n,
    costNanoUsd: 410_000_000n,
    priced: false,
    durationMs: 2400,
  }))
}

/** The last hour of a key that was just rotated: most of its callers have the new secret. */
function draining(key: Key, { anthropic }: Providers, freshSecretId: string): Insertable<Usage>[] {
  return Array.from({ length: 12 }, (_, i) => ({
    ...common(key, new Date(Date.now() - (i + 1) * 240_000)),
    secretId: i % 6 === 4 ? key.secretId : freshSecretId,
    model: 'claude-sonnet-5',
    servedModel: 'claude-sonnet-5',
    providerId: anthropic.id,
    credentialId: anthropic.credentialId,
    upstreamModel: 'claude-sonnet-5',
    status: 200,
    inputTokens: 4_000n,
    outputTokens: 500n,
    costNanoUsd: 19_500_000n,
    durationMs: 1800,
  }))
}

/** Calls that a spent budget refused, in the last hour. */
function refused(key: Key, refusedBy: string): Insertable<Usage>[] {
  return Array.from({ length: 24 }, (_, i) => ({
    ...common(key, new Date(Date.now() - (i + 1) * 120_000)),
    model: 'claude-sonnet-5',
    status: 429,
    errorCode: 'budget_exceeded',
    refusedBy,
    durationMs: 1,
  }))
}

function common({ id, secretId, place, owner }: Key, at: Date) {
  return {
    id: newId('use', at.getTime()),
    requestId: newId('req', at.getTime()),
    attempt: 1,
    admittedAt: at,
    settledAt: at,
    keyId: id,
    secretId,
    ...place,
    ...owner,
    // People's own calls are on another account than those of programs.
    tags: JSON.stringify({ 'cost-center': 'userId' in owner ? '4712' : '4711' }),
    operation: 'chat.completions',
    stream: true,
  }
}

function troubleOf(random: () => number) {
  let left = random() * 1000
  return TROUBLES.find(({ of1000 }) => {
    left -= of1000
    return left < 0
  })
}

/** A generator of numbers below 1 that always says the same ones (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
