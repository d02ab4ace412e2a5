import { csvLine } from '../../../src/domain/csv.ts'
import type { Attempt } from './call-query.ts'

type NameOf = (id: string | null | undefined) => string

const COLUMNS: [header: string, of: (call: Attempt, nameOf: NameOf) => string | number | boolean | null][] = [
  ['time', (call) => call.admittedAt],
  ['request_id', (call) => call.requestId],
  ['attempt', (call) => call.attempt],
  ['key', (call, nameOf) => nameOf(call.keyId)],
  ['key_id', (call) => call.keyId],
  ['owner', (call, nameOf) => nameOf(call.userId ?? call.serviceAccountId)],
  ['project', (call, nameOf) => nameOf(call.projectId)],
  ['operation', (call) => call.operation],
  ['model', (call) => call.model],
  ['served_model', (call) => call.servedModel],
  ['status', (call) => call.status],
  ['error_code', (call) => call.errorCode],
  ['input_tokens', (call) => call.inputTokens],
  ['cached_input_tokens', (call) => call.cachedInputTokens],
  ['cache_write_tokens', (call) => call.cacheWriteTokens],
  ['output_tokens', (call) => call.outputTokens],
  ['reasoning_tokens', (call) => call.reasoningTokens],
  ['cost_usd', (call) => call.costUsd],
  ['estimated', (call) => call.estimated],
  ['duration_ms', (call) => call.durationMs],
  ['ip', (call) => call.ip],
]

/** The lines that are shown, as a table. */
export function callsCsv(calls: Attempt[], nameOf: NameOf): string {
  const head = COLUMNS.map(([header]) => header)
  return [head, ...calls.map((call) => COLUMNS.map(([, of]) => of(call, nameOf)))].map(csvLine).join('')
}
