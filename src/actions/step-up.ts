import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import type { stepUpConfirm, stepUpCreate, stepUpView } from '../contract/step-ups.ts'
import { findStepUp, insertStepUp, setStepUpConfirmed } from '../db/step-ups.ts'
import { transaction } from '../db/transaction.ts'
import { AppError } from '../domain/errors.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { requirePerson } from './authorize.ts'
import { askForPasskey, proofMethods, prove } from './prove.ts'

/** Says that one exact request is to be confirmed, and how this person can do it. */
export async function createStepUp(
  ctx: Ctx,
  { body }: Valid<typeof stepUpCreate>,
): Promise<Output<typeof stepUpCreate>> {
  const id = await requestStepUp(ctx, body)
  const passkeyOptions = await askForPasskey(ctx, id)
  return {
    id,
    methods: await proofMethods(ctx),
    passkeyOptions: passkeyOptions && { ...passkeyOptions },
    url: `${ctx.config.url}/step-up/${id}`,
  }
}

/** How far it is: for a program that waits until its person has confirmed in a browser. */
export async function viewStepUp(
  ctx: Ctx,
  { params }: Valid<typeof stepUpView>,
): Promise<Output<typeof stepUpView>> {
  const { userId } = requirePerson(ctx.actor)
  const row = await findStepUp(ctx.db, params.stepUpId)
  if (row?.userId !== userId) throw gone()
  const { id, operation, confirmedAt, expiresAt } = row
  return {
    id,
    operation,
    expiresAt: expiresAt.toISOString(),
    confirmedAt: confirmedAt?.toISOString() ?? null,
    methods: await proofMethods(ctx),
  }
}

/** The person proves once more that it is them. */
export async function proveStepUp(ctx: Ctx, { params, body }: Valid<typeof stepUpConfirm>): Promise<void> {
  await transaction(ctx, async (ctx) =>
    confirmStepUp(ctx, params.stepUpId, await prove(ctx, body, params.stepUpId)),
  )
}

type Request = { operation: string; requestHash: string }

/** Notes that the person wants to do exactly this: a request that is to be confirmed. Returns its id. */
export async function requestStepUp(ctx: Ctx, { operation, requestHash }: Request): Promise<string> {
  const { sessionId } = requirePerson(ctx.actor)
  const id = newId('stp')
  await insertStepUp(ctx.db, { id, sessionId, operation, requestHash })
  return id
}

/**
 * The person proved once more that it is them, by `method`: the request may now be sent, once, from the session that
 * asked. That may be another of theirs: the command line asks, and they confirm in the browser.
 */
export async function confirmStepUp(ctx: Ctx, stepUpId: string, method: string): Promise<void> {
  const { userId } = requirePerson(ctx.actor)
  await transaction(ctx, async (ctx) => {
    if (!(await setStepUpConfirmed(ctx.db, { id: stepUpId, userId, method }))) throw gone()
    await audit(ctx, { action: 'step-up.confirm', targetId: stepUpId, after: { method } })
  })
}

function gone(): AppError {
  return new AppError('not_found', 'There is nothing to confirm here any more. Send the request again.')
}
