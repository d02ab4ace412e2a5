import type { Logger } from 'pino'
import type { WindowKey, WindowState } from '../db/ledger.ts'
import { isMissing, type KnownSpend, type Restored } from '../db/ledger-restore.ts'
import { type Authority, isRefusedData } from './authority.ts'
import type { SpendMemory } from './spend-memory.ts'

type Correct = (known: readonly KnownSpend[]) => Promise<Restored[]>

/**
 * The authority, as long as it is not made to forget: when it says that less is spent than it said before, a backup of
 * the database was restored. What is missing is put back before this node takes anything: at its start, when it comes back to a database that does
 * not know it, and in between.
 */
export function withMemory(
  authority: Authority,
  memory: SpendMemory,
  correct: Correct,
  log: Logger,
): Authority {
  async function corrected(known: readonly KnownSpend[]): Promise<boolean> {
    if (known.length === 0) return false
    const restored = await correct(known)
    for (const { budgetId, windowStart, missingNanoUsd } of restored.filter(isMissing)) {
      log.error(
        { event: 'ledger.restored', budgetId, windowStart, missingNanoUsd: String(missingNanoUsd) },
        'the database knows of less than was spent: a backup was restored; what is missing was charged again',
      )
    }
    const made = restored.filter((window) => !isMissing(window))
    if (made.length > 0) {
      const windows = made.map(({ budgetId, windowStart }) => ({ budgetId, windowStart }))
      log.warn(
        { event: 'ledger.windows_made', windows },
        'the database did not know windows of budgets in which calls were let in: they were made again',
      )
    }
    return restored.length > 0
  }

  /** A database that forgot of one window forgot of others too, which no answer may name: earlier cells of any 24 hours. */
  function forgotten({ windows }: { windows: readonly WindowState[] }): KnownSpend[] {
    return memory.less(windows).length > 0 ? memory.all() : []
  }

  async function heard<Answer extends { windows: readonly WindowState[] }>(answer: Answer): Promise<Answer> {
    await corrected(forgotten(answer))
    memory.learn(answer.windows)
    return answer
  }

  return {
    ...authority,
    async start() {
      const started = await authority.start()
      await corrected(memory.all())
      return started
    },
    async comeBack() {
      await corrected(memory.all())
      return authority.comeBack()
    },
    async take(requests) {
      const answer = await authority.take(requests)
      if (!(await corrected(forgotten(answer)))) return heard(answer)
      // What it granted came of what it had forgotten, and is given back when it says that the window is over its limit.
      // Not here: calls have been let in since the question was made, and need more by now than that says.
      return heard(await authority.take(requests))
    },
    async settle(batch, windows) {
      try {
        return await heard(await authority.settle(batch, windows))
      } catch (error) {
        // A database that forgot a window refuses what was spent in it; putting back what is missing makes it again. Also one
        // that we know nothing of: the process that heard of it may have been killed before it wrote that down.
        if (!isRefusedData(error) || !(await corrected([...memory.all(), ...windows.map(nothingSpent)])))
          throw error
        return heard(await authority.settle(batch, windows))
      }
    },
    giveBack: async (leases, recalled) => heard(await authority.giveBack(leases, recalled)),
    async stop() {
      memory.save()
      await authority.stop()
    },
  }
}

function nothingSpent({ budgetId, windowStart }: WindowKey): KnownSpend {
  return { budgetId, windowStart, spentNanoUsd: 0n }
}
