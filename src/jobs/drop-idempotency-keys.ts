import type { App } from '../app.ts'
import { deleteIdempotencyKeys } from '../db/idempotency.ts'
import { BATCH } from './sweep.ts'

const KEPT_HOURS = 24

/** A request may be repeated with its `Idempotency-Key` for a day. */
export function dropIdempotencyKeys(app: App): Promise<number> {
  return deleteIdempotencyKeys(app.db, KEPT_HOURS, BATCH)
}
