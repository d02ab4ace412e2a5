import type { App } from '../app.ts'
import { transaction } from '../db/transaction.ts'
import { rollUpUsage } from '../db/usage-roll-up.ts'
import { eraseCalls } from './erase-calls.ts'
import { BATCH, jobContext, type NamedSweep } from './sweep.ts'

/** Adds up usage for reports. What is not added up yet, or was touched since, reports read row by row. */
async function rollUp(app: App): Promise<number> {
  const worked = await transaction(jobContext(app, 'roll-up-usage'), ({ db }) => rollUpUsage(db))
  return worked ? BATCH : 0
}

/** What is swept of usage. */
export const usageSweeps: NamedSweep[] = [
  { name: 'roll-up-usage', everySeconds: 30, sweep: rollUp },
  { name: 'erase-calls', everySeconds: 60, sweep: eraseCalls },
]
