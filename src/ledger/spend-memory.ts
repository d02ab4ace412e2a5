import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Logger } from 'pino'
import type { WindowState } from '../db/ledger.ts'
import type { KnownSpend } from '../db/ledger-restore.ts'

const SAVE_EVERY_MS = 5_000

/**
 * What this node was last told is spent in each window. It is kept in a file, since it must not go back with the
 * database when a backup of that is restored.
 */
export type SpendMemory = {
  all(): KnownSpend[]
  /** Those of which we know that more was spent. */
  less(states: readonly WindowState[]): KnownSpend[]
  /** Takes in what the authority says; saves it now and then. */
  learn(states: readonly WindowState[]): void
  save(): void
}

type Remembered = { budgetId: string; start: string; endMs: number; spent: bigint }

export function openSpendMemory(path: string, log: Logger): SpendMemory {
  const windows = new Map(
    readSaved(path, log).map((window) => [keyOf(window.budgetId, window.start), window]),
  )
  let savedAtMs = performance.now()

  function save(): void {
    savedAtMs = performance.now()
    const now = Date.now()
    for (const [key, { endMs }] of windows) if (endMs < now - DAY_MS) windows.delete(key)
    try {
      const lines = [...windows.values()].map((window) =>
        JSON.stringify({ ...window, spent: String(window.spent) }),
      )
      writeFileSync(`${path}.new`, lines.join('\n'), { mode: 0o600 })
      renameSync(`${path}.new`, path)
    } catch (error) {
      log.warn({ err: error, file: path }, 'what was spent could not be written down beside the database')
    }
  }

  const knownOf = (state: WindowState) => windows.get(keyOf(state.budgetId, state.windowStart.toISOString()))
  const presented = ({ budgetId, start, spent }: Remembered): KnownSpend => ({
    budgetId,
    windowStart: new Date(start),
    spentNanoUsd: spent,
  })
  return {
    all: () => [...windows.values()].map(presented),
    less(states) {
      return states.flatMap((state) => {
        const known = knownOf(state)
        return known && state.spentNanoUsd < known.spent ? presented(known) : []
      })
    },
    learn(states) {
      for (const state of states) {
        const { budgetId, spentNanoUsd: spent } = state
        const known = knownOf(state)
        if (known) {
          if (spent > known.spent) known.spent = spent
          // The end that was heard first may have been that of a raise within the window.
          known.endMs = Math.max(known.endMs, state.windowEnd.getTime())
          continue
        }
        const start = state.windowStart.toISOString()
        windows.set(keyOf(budgetId, start), { budgetId, start, endMs: state.windowEnd.getTime(), spent })
      }
      if (performance.now() - savedAtMs > SAVE_EVERY_MS) save()
    },
    save,
  }
}

/** A window that is over may still be booked to, by a node that comes back late. */
const DAY_MS = 86_400_000

function keyOf(budgetId: string, start: string): string {
  return `${budgetId} ${start}`
}

/** A file that is not there, or not whole, is as good as none: what is known then begins now. */
function readSaved(path: string, log: Logger): Remembered[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  try {
    const lines = text.split('\n').filter((line) => line !== '')
    return lines.map((line) => {
      const { budgetId, start, endMs, spent } = JSON.parse(line)
      return { budgetId, start, endMs, spent: BigInt(spent) }
    })
  } catch (error) {
    log.warn({ err: error, file: path }, 'what was spent is damaged where it is kept beside the database')
    return []
  }
}
