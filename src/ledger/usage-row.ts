import type { NanoUsd } from '../domain/money.ts'
import { NO_QUANTITIES, type Quantities } from '../domain/usage.ts'
import type { Window } from './leases.ts'
import type { AttemptOutcome, CallFacts } from './ledger.ts'

/** The cast holds because `NO_QUANTITIES` has all of the keys and no others. */
const QUANTITIES = Object.keys(NO_QUANTITIES) as (keyof Quantities)[]

/*
 * The text of a usage row, as JSON with the names of the table's columns: what is known when the call is let in, then
 * how it ended. Where both name a column, the later counts; what neither names has the column's default, so
 * nothing is written about what is nothing. Money is text: JSON's numbers are floats to many readers.
 */

/** Where a call, or one attempt of it, goes. */
type Target = Pick<CallFacts, 'providerId' | 'credentialId' | 'upstreamModel'>

export type AdmittedRow = {
  id: string
  facts: CallFacts
  admittedAt: Date
  holdNanoUsd: NanoUsd
  windows: readonly Window[]
}

/** The fields of a row that are known when the call is let in, without the braces. */
export function admittedFields({ id, facts, admittedAt, holdNanoUsd, windows }: AdmittedRow): string {
  return JSON.stringify({
    id,
    request_id: facts.requestId,
    admitted_at: isoOf(admittedAt),
    key_id: facts.keyId,
    secret_id: facts.secretId,
    user_id: facts.userId ?? undefined,
    service_account_id: facts.serviceAccountId ?? undefined,
    environment_id: facts.environmentId,
    project_id: facts.projectId,
    team_id: facts.teamId,
    tags: facts.tags,
    operation: facts.operation,
    model: storable(facts.model),
    upstream_model: storable(facts.upstreamModel),
    provider_id: facts.providerId ?? undefined,
    credential_id: facts.credentialId ?? undefined,
    stream: facts.stream,
    ip: facts.ip ?? undefined,
    hold_nano_usd: String(holdNanoUsd),
    budget_ids: windows.map((window) => window.budgetId),
    budget_window_starts: windows.map((window) => window.startIso),
  }).slice(1, -1)
}

/** The fields that say how an attempt ended, without the braces. `facts` are those of its call. */
export function outcomeFields(outcome: AttemptOutcome, settledAt: Date, facts: Target): string {
  const { quantities } = outcome
  const elsewhere =
    outcome.credentialId !== facts.credentialId || outcome.upstreamModel !== facts.upstreamModel
  return JSON.stringify({
    attempt: outcome.attempt,
    settled_at: isoOf(settledAt),
    provider_id: elsewhere ? outcome.providerId : undefined,
    credential_id: elsewhere ? outcome.credentialId : undefined,
    upstream_model: elsewhere ? storable(outcome.upstreamModel) : undefined,
    served_model: storable(outcome.servedModel),
    status: outcome.status,
    error_code: outcome.errorCode ?? undefined,
    input_tokens: quantities.inputTokens || undefined,
    cached_input_tokens: quantities.cachedInputTokens || undefined,
    cache_write_tokens: quantities.cacheWrite5mTokens + quantities.cacheWrite1hTokens || undefined,
    output_tokens: quantities.outputTokens || undefined,
    reasoning_tokens: quantities.reasoningTokens || undefined,
    quantities: usedOf(quantities),
    cost_nano_usd: String(outcome.costNanoUsd),
    estimated: outcome.estimated || undefined,
    priced: outcome.priced ? undefined : false,
    price_version: outcome.priceVersion ?? undefined,
    service_tier: storable(outcome.serviceTier),
    modifiers: outcome.modifiers.length > 0 ? outcome.modifiers : undefined,
    duration_ms: Math.round(outcome.durationMs),
    first_byte_ms: outcome.firstByteMs === null ? undefined : Math.round(outcome.firstByteMs),
    object_id: storable(outcome.objectId),
  }).slice(1, -1)
}

export function rowOf(admitted: string, ended: string): string {
  return `{${admitted},${ended}}`
}

function usedOf(quantities: Readonly<Quantities>): Partial<Quantities> {
  const used: Partial<Quantities> = {}
  for (const name of QUANTITIES) if (quantities[name] !== 0) used[name] = quantities[name]
  return used
}

/** Printing a time costs more than all the rest of a row, and many rows share their millisecond. */
let printed = { ms: Number.NaN, iso: '' }

function isoOf(date: Date): string {
  const ms = date.getTime()
  if (ms !== printed.ms) printed = { ms, iso: date.toISOString() }
  return printed.iso
}

/** Text from outside as PostgreSQL can keep it: without NUL and without halves of surrogate pairs. */
function storable(text: string | null): string | undefined {
  if (text === null) return undefined
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  return whole.includes('\0') ? whole.replaceAll('\0', '\u{fffd}') : whole
}

/** What is read back of a row's text. */
export type StoredRow = {
  id: string
  admitted_at: string
  hold_nano_usd: string
  budget_ids: string[]
  budget_window_starts: string[]
  provider_id?: string
  credential_id?: string
  upstream_model?: string
}

export function targetOf(row: StoredRow): Target {
  return {
    providerId: row.provider_id ?? null,
    credentialId: row.credential_id ?? null,
    upstreamModel: row.upstream_model ?? null,
  }
}

export type StoredSettledRow = StoredRow & { settled_at: string; cost_nano_usd: string }

const NOTHING_USED = {
  servedModel: null,
  quantities: NO_QUANTITIES,
  priced: true,
  priceVersion: null,
  serviceTier: null,
  modifiers: [],
  durationMs: 0,
  firstByteMs: null,
  objectId: null,
}

/** How a call ended that was under way when the process stopped: at its hold. */
export function outcomeUnknown(target: Target, attempt: number, holdNanoUsd: NanoUsd): AttemptOutcome {
  const ended = { status: 500, errorCode: 'internal', costNanoUsd: holdNanoUsd, estimated: true }
  return { ...NOTHING_USED, ...target, attempt, ...ended }
}

/** How a call ended that never left this process: refused, or answered from here. It has no attempts. */
export function endedHere(
  target: Target,
  answer: { status: number; errorCode: string | null },
): AttemptOutcome {
  const { providerId, credentialId, upstreamModel } = target
  const ended = { ...answer, costNanoUsd: 0n, estimated: false }
  return { ...NOTHING_USED, providerId, credentialId, upstreamModel, attempt: 0, ...ended }
}
