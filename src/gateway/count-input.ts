import { type CallShape, leastHold, shortRoom, type WorstCase, worstCase } from '../domain/call-hold.ts'
import { MOST_BYTES_COUNTED } from '../providers/token-counter.ts'
import { encodingOf } from '../providers/token-encodings.ts'
import type { Gateway } from './gateway.ts'
import type { Plan } from './plan.ts'
import type { Call } from './read-call.ts'

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
  shape: CallShape,
  byBytes: WorstCase,
): Promise<WorstCase | null> {
  const room = shortRoom(byBytes, plan.budgets, ledger.room)
  if (room === null || call.unboundedInput || call.body.text.length > MOST_BYTES_COUNTED) return null
  const encoding = encodingOf(plan.upstream.connection.kind, plan.upstreamModel)
  if (encoding === null || leastHold(shape, plan, byBytes) > room) return null
  const { text, keys } = call.body
  const describesFunctions = DESCRIPTIONS.some((name) => keys.includes(name))
  const counted = await tokens.count({ encoding, text, describesFunctions })
  return counted === null ? null : worstCase(shape, plan, counted)
}
