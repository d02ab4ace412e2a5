import { sayDenials } from '../actions/denials.ts'
import type { App } from '../app.ts'
import { BATCH } from './sweep.ts'

/** Says in the audit trail how often somebody tried again what was refused. */
export function sayRepeatedDenials(app: App): Promise<number> {
  return sayDenials(app, BATCH)
}
