import { MOST_BYTES_COUNTED } from '../providers/token-counter.ts'
import { encodingOf } from '../providers/token-encodings.ts'
import type { Gateway } from './gateway.ts'
import type { Plan } from './plan.ts'
import type { Call } from './read-call.ts'
import { leastHold, shortRoom, type WorstCase, worstCase } from './worst-case.ts'

/** Members that describe functions or a form of answer to the model. */
const DESCRIPTIONS = ['tools', 'functions', 'response_format', 'text'] as const

/**
 * The worst case by an exact count of the input, when bytes do not fit into what is left, the model's encoding is
 * known, and a count could bring the call in. Null otherwise: then the one by bytes stands. Nothing is counted for the
 * calls that fit, which are nearly all.
 */
export async function countedWorstCase(
  { app: { ledger }, tokens }: Gateway,
  call: Call,
  plan: Plan,
  byBytes: WorstCase,
): Promise<WorstCase | null> {
  const room = shortRoom(ledger, plan, byBytes)
  if (room === null || call.unboundedInput || call.body.text.length > MOST_BYTES_COUNTED) return null
  const encoding = encodingOf(plan.upstream.connection.kind, plan.upstreamModel)
  if (encoding === null || leastHold(call, plan, byBytes) > room) return null
  const { text, keys } = call.body
  const describesFunctions = DESCRIPTIONS.some((name) => keys.includes(name))
  const counted = await tokens.count({ encoding, text, describesFunctions })
  return counted === null ? null : worstCase(call, plan, counted)
}
