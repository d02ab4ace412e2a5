import type { Ctx } from '../app.ts'
import { insertStepUp, setStepUpConfirmed } from '../db/step-ups.ts'
import { AppError } from '../domain/errors.ts'
import { newId } from '../ids.ts'
import { requirePerson } from './authorize.ts'

/** Notes that the person wants to do exactly this: a request that is to be confirmed. Returns its id. */
export async function requestStepUp(
  ctx: Ctx,
  { operation, requestHash }: { operation: string; requestHash: string },
): Promise<string> {
  const { sessionId } = requirePerson(ctx.actor)
  const id = newId('stp')
  await insertStepUp(ctx.db, { id, sessionId, operation, requestHash })
  return id
}

/** The person proved once more that it is them, by `method`: the request may now be sent, once, from this session. */
export async function confirmStepUp(ctx: Ctx, stepUpId: string, method: string): Promise<void> {
  const { sessionId } = requirePerson(ctx.actor)
  if (await setStepUpConfirmed(ctx.db, { id: stepUpId, sessionId, method })) return
  throw new AppError('not_found', 'There is nothing to confirm here any more. Send the request again.')
}
