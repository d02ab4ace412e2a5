import type { NanoUsd } from '../domain/money.ts'
import { NO_QUANTITIES, type Quantities } from '../domain/usage.ts'
import type { Window } from './accounts.ts'
import type { AttemptOutcome, CallerFacts, CallFacts } from './ledger.ts'

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
  const { providerId, credentialId, ip } = facts
  return (
    `"id":"${id}","request_id":"${facts.requestId}","admitted_at":"${isoOf(admittedAt)}"` +
    `${callerFields(facts.caller)},"operation":"${facts.operation}"${quoted('model', facts.model)}${quoted('upstream_model', facts.upstreamModel)}` +
    `${plain('provider_id', providerId)}${plain('credential_id', credentialId)}` +
    `,"stream":${facts.stream}${plain('ip', ip)},"hold_nano_usd":"${holdNanoUsd}"` +
    `,"budget_ids":${listOf(windows, 'budgetId')},"budget_window_starts":${listOf(windows, 'startIso')}`
  )
}

/** The fields that say how an attempt ended, without the braces. `facts` are those of its call. */
export function outcomeFields(outcome: AttemptOutcome, settledAt: Date, facts: Target): string {
  const { quantities, providerId, credentialId, upstreamModel, firstByteMs } = outcome
  const elsewhere = credentialId !== facts.credentialId || upstreamModel !== facts.upstreamModel
  const target = elsewhere
    ? plain('provider_id', providerId) +
      // Said also when there is none: the call may have been let in for one.
      `,"credential_id":${credentialId === null ? null : `"${credentialId}"`}` +
      quoted('upstream_model', upstreamModel)
    : ''
  return (
    `"attempt":${outcome.attempt},"settled_at":"${isoOf(settledAt)}"${target}` +
    `${quoted('served_model', outcome.servedModel)},"status":${outcome.status}` +
    `${quoted('error_code', outcome.errorCode)}` +
    `${counted('input_tokens', quantities.inputTokens)}` +
    `${counted('cached_input_tokens', quantities.cachedInputTokens)}` +
    `${counted('cache_write_tokens', quantities.cacheWrite5mTokens + quantities.cacheWrite1hTokens)}` +
    `${counted('output_tokens', quantities.outputTokens)}` +
    `${counted('reasoning_tokens', quantities.reasoningTokens)}` +
    `,"quantities":{${usedOf(quantities)}},"cost_nano_usd":"${outcome.costNanoUsd}"` +
    `${outcome.estimated ? ',"estimated":true' : ''}${outcome.priced ? '' : ',"priced":false'}` +
    `${quoted('price_version', outcome.priceVersion)}${quoted('service_tier', outcome.serviceTier)}` +
    `${outcome.modifiers.length > 0 ? `,"modifiers":${JSON.stringify(outcome.modifiers)}` : ''}` +
    `,"duration_ms":${Math.round(outcome.durationMs)}` +
    `${firstByteMs === null ? '' : `,"first_byte_ms":${Math.round(firstByteMs)}`}` +
    `${quoted('object_id', outcome.objectId)}`
  )
}

/** The field of a call that was refused that says by which rule; empty when it was none. */
export function refusedFields(refusedBy: string | null): string {
  return plain('refused_by', refusedBy)
}

export function rowOf(admitted: string, ended: string): string {
  return `{${admitted},${ended}}`
}

/** A member whose value is an id or an address: nothing in it needs an escape. */
function plain(name: string, value: string | null): string {
  return value === null ? '' : `,"${name}":"${value}"`
}

/** A member whose value may be any text. */
function quoted(name: string, value: string | null): string {
  return value === null ? '' : `,"${name}":${JSON.stringify(storable(value))}`
}

function counted(name: string, count: number): string {
  return count === 0 ? '' : `,"${name}":${count}`
}

function listOf(windows: readonly Window[], name: 'budgetId' | 'startIso'): string {
  let list = ''
  for (const window of windows) list += list === '' ? `"${window[name]}"` : `,"${window[name]}"`
  return `[${list}]`
}

const callers = new WeakMap<CallerFacts, string>()

/** Printed once for each caller: it is the larger part of a row. */
function callerFields(caller: CallerFacts): string {
  let text = callers.get(caller)
  if (text === undefined) {
    const { keyId, secretId, userId, serviceAccountId, environmentId, projectId, teamId, tags } = caller
    text =
      `,"key_id":"${keyId}","secret_id":"${secretId}"` +
      `${plain('user_id', userId)}${plain('service_account_id', serviceAccountId)}` +
      `,"environment_id":"${environmentId}","project_id":"${projectId}","team_id":"${teamId}"` +
      `,"tags":${JSON.stringify(tags)}`
    callers.set(caller, text)
  }
  return text
}

function usedOf(quantities: Readonly<Quantities>): string {
  let used = ''
  for (const name of QUANTITIES) {
    if (quantities[name] !== 0) used += `${used === '' ? '' : ','}"${name}":${quantities[name]}`
  }
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
function storable(text: string): string {
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
