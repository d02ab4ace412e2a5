import type { App } from '../app.ts'
import { deleteIdempotencyKeys } from '../db/idempotency.ts'
import { RETENTION } from '../domain/retention.ts'
import { BATCH } from './sweep.ts'

/** A request may be repeated with its `Idempotency-Key` for so long. */
export function dropIdempotencyKeys(app: App): Promise<number> {
  return deleteIdempotencyKeys(app.db, RETENTION.repeatedHours, BATCH)
}
