import { brokenLedger } from './broken-ledger.ts'
import type { MutationCase } from './mutations.ts'
import { runWorld } from './world.ts'

export const STEPS_PER_WORLD = 500

/** What the first invariant says that notices a mutation, in worlds of one seed after another; null when none does in time. */
export async function noticed(
  { within, edit, ...given }: MutationCase,
  firstSeed: number,
): Promise<string | null> {
  const mutation = edit ? { open: await brokenLedger(edit) } : given.mutation
  for (let world = 0; world < within / STEPS_PER_WORLD; world++) {
    try {
      await runWorld(firstSeed + world, STEPS_PER_WORLD, mutation)
    } catch (error) {
      return (error as Error).message
    }
  }
  return null
}
