import { AppError } from '../domain/errors.ts'
import { worstCaseOf } from '../domain/pricing.ts'
import type { Gateway } from './gateway.ts'
import type { LiveCall } from './live-calls.ts'
import { budgetError } from './lowered-budgets.ts'

/**
 * So many tokens are held at a time, ahead of a stream that writes more than it may; the next when half of them is
 * used up. That is seen once a second, in which providers write some 3,000 at the most.
 */
const SLICE_TOKENS = 8192

/**
 * Holds more for a stream that has outgrown what was held for it, or ends it. What is held at first covers the cap
 * that the provider was told, or the model's maximum, so this is for providers that go beyond either.
 */
export async function holdMoreIfOutgrown(gateway: Gateway, call: LiveCall): Promise<void> {
  const { admitted } = call
  const { plan, admission } = admitted
  if (call.outputEvents() <= admitted.holdMoreAt || !plan.price) return
  const { ledger, log } = gateway.app
  const sliceNanoUsd = worstCaseOf(plan.price, {
    ...admitted.bound,
    inputTokens: 0,
    outputTokens: SLICE_TOKENS,
  })
  const prepared = ledger.prepare(plan.budgets, sliceNanoUsd)
  if (prepared) await prepared
  // It may have ended meanwhile, or hold more already.
  const events = call.outputEvents()
  if (events <= admitted.holdMoreAt) return
  const bound = { ...admitted.bound, outputTokens: events + SLICE_TOKENS }
  const extra = worstCaseOf(plan.price, bound) - admission.heldNanoUsd
  if (extra > 0n && !ledger.extend(admission, extra)) return call.cut(nothingLeft(gateway, call, extra))
  if (events > admitted.bound.outputTokens) {
    const { id, request } = admission
    const who = { usageId: id, requestId: request.facts.requestId, model: request.facts.model }
    log.warn({ event: 'usage.outgrown', ...who, events }, 'a provider writes more than it was asked for')
  }
  admitted.bound = bound
  admitted.holdMoreAt = bound.outputTokens - SLICE_TOKENS / 2
}

function nothingLeft({ app: { ledger } }: Gateway, { admitted }: LiveCall, extra: bigint): AppError {
  const short = admitted.plan.budgets.find((budget) => (ledger.room([budget]) ?? extra) < extra)
  return short
    ? budgetError(short, 'has nothing left for the rest of this answer, which is longer than it may be.')
    : new AppError('unavailable', 'More of this answer cannot be counted right now.', {
        retryAfterSeconds: 1,
      })
}
