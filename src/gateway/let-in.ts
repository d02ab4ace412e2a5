import { type Admitted, MOST_WAITS } from './admit.ts'
import { countedWorstCase } from './count-input.ts'
import type { Gateway } from './gateway.ts'
import type { Plan } from './plan.ts'
import type { Call } from './read-call.ts'
import { type WorstCase, worstCase } from './worst-case.ts'

/** `mayCount`: null when the money is short, and a lower bound of the input may help. */
type Admit = (most: WorstCase, mayCount: boolean) => Admitted | null

/**
 * Lets a call in by its bytes, at once where its budgets have room for it: the common case. Otherwise it waits for
 * them, and where they are short it is tried again by its tokens.
 */
export function letIn(gateway: Gateway, call: Call, plan: Plan, admit: Admit): Admitted | Promise<Admitted> {
  const byBytes = worstCase(call, plan, null)
  const preparing = gateway.app.ledger.prepare(plan.budgets, byBytes.holdNanoUsd)
  const admitted = preparing ? null : admit(byBytes, true)
  return admitted ?? letInShort(gateway, call, plan, admit, byBytes)
}

async function letInShort(
  gateway: Gateway,
  call: Call,
  plan: Plan,
  admit: Admit,
  byBytes: WorstCase,
): Promise<Admitted> {
  await roomFor(gateway, plan, byBytes)
  const admitted = admit(byBytes, true)
  if (admitted) return admitted
  const most = (await countedWorstCase(gateway, call, plan, byBytes)) ?? byBytes
  await roomFor(gateway, plan, most)
  const last = admit(most, false)
  if (!last) throw new Error('A call was neither let in nor refused.')
  return last
}

async function roomFor(
  { app: { ledger } }: Gateway,
  { budgets }: Plan,
  { holdNanoUsd }: WorstCase,
): Promise<void> {
  for (let waits = 0; waits < MOST_WAITS; waits++) {
    const preparing = ledger.prepare(budgets, holdNanoUsd)
    if (!preparing) return
    await preparing
  }
}
