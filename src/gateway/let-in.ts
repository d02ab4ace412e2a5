import { type CallShape, type WorstCase, worstCase } from '../domain/call-hold.ts'
import { type Admitted, MOST_WAITS } from './admit.ts'
import { shapeOf } from './call-shape.ts'
import { countedWorstCase } from './count-input.ts'
import type { Gateway } from './gateway.ts'
import type { Plan } from './plan.ts'
import type { Call } from './read-call.ts'

/** `mayCount`: null when the money is short, and a lower bound of the input may help. */
type Admit = (shape: CallShape, most: WorstCase, mayCount: boolean) => Admitted | null

/**
 * Lets a call in by its bytes, at once where its budgets have room for it: the common case. Otherwise it waits for
 * them, and where they are short it is tried again by its tokens.
 */
export function letIn(gateway: Gateway, call: Call, plan: Plan, admit: Admit): Admitted | Promise<Admitted> {
  const shape = shapeOf(call, plan)
  const byBytes = worstCase(shape, plan, null)
  const { budgets, rateLimits } = plan
  const { holdNanoUsd, holdTokens } = byBytes
  const preparing = gateway.app.ledger.prepare(budgets, holdNanoUsd, rateLimits, holdTokens)
  const admitted = preparing ? null : admit(shape, byBytes, true)
  return admitted ?? letInShort(gateway, call, plan, admit, shape, byBytes)
}

async function letInShort(
  gateway: Gateway,
  call: Call,
  plan: Plan,
  admit: Admit,
  shape: CallShape,
  byBytes: WorstCase,
): Promise<Admitted> {
  await roomFor(gateway, plan, byBytes)
  const admitted = admit(shape, byBytes, true)
  if (admitted) return admitted
  const most = (await countedWorstCase(gateway, call, plan, shape, byBytes)) ?? byBytes
  await roomFor(gateway, plan, most)
  const last = admit(shape, most, false)
  if (!last) throw new Error('A call was neither let in nor refused.')
  return last
}

async function roomFor(
  { app: { ledger } }: Gateway,
  { budgets, rateLimits }: Plan,
  { holdNanoUsd, holdTokens }: WorstCase,
): Promise<void> {
  for (let waits = 0; waits < MOST_WAITS; waits++) {
    const preparing = ledger.prepare(budgets, holdNanoUsd, rateLimits, holdTokens)
    if (!preparing) return
    await preparing
  }
}
