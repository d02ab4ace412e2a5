import type { Ctx } from '../app.ts'
import { type AnyOperation, successStatus } from '../contract/operation.ts'
import { withoutSecrets } from '../contract/secrets.ts'
import { claimIdempotencyKey, findIdempotencyKey, setIdempotentResponse } from '../db/idempotency.ts'
import { transaction } from '../db/transaction.ts'
import { AppError } from '../domain/errors.ts'

type Attempt = {
  key: string
  operation: AnyOperation
  /** All that the caller asked for: a repetition must ask for the same. */
  fingerprint: string
}

type Result = { response: unknown; replayed: boolean }

/**
 * Does `work` once per actor and key. The claim, the change and the answer commit together or not at all, so a
 * failed call may be repeated, and of two at the same time one waits for the other. A repetition gets the first
 * answer without its secrets.
 */
export async function once(
  ctx: Ctx,
  attempt: Attempt,
  work: (ctx: Ctx) => Promise<unknown>,
): Promise<Result> {
  if (!attempt.operation.asksOutside) return transaction(ctx, (ctx) => claimed(ctx, attempt, work))
  // It changes nothing, so of two at the same time both may ask: the answer that is kept first is everybody's.
  const first = await findIdempotencyKey(ctx.db, ownerOf(ctx, attempt))
  if (first) return repeated(ctx, attempt, first)
  const response = await work(ctx)
  return transaction(ctx, (ctx) => claimed(ctx, attempt, async () => response))
}

async function claimed(ctx: Ctx, attempt: Attempt, work: (ctx: Ctx) => Promise<unknown>): Promise<Result> {
  const { operation } = attempt
  const owner = ownerOf(ctx, attempt)
  const bodyHash = hashOf(ctx, attempt)
  const claim = { ...owner, operation: operation.name, bodyHash, status: successStatus(operation) }
  if (await claimIdempotencyKey(ctx.db, claim)) {
    const response = await work(ctx)
    const stored = operation.response ? withoutSecrets(operation.response, response) : null
    await setIdempotentResponse(ctx.db, owner, JSON.stringify(stored))
    return { response, replayed: false }
  }
  const first = await findIdempotencyKey(ctx.db, owner)
  if (!first) throw new Error('an idempotency key that is taken is not there')
  return repeated(ctx, attempt, first)
}

type First = { operation: string; bodyHash: string; response: unknown }

function repeated(ctx: Ctx, attempt: Attempt, first: First): Result {
  if (first.operation !== attempt.operation.name || first.bodyHash !== hashOf(ctx, attempt)) {
    throw new AppError(
      'idempotency_mismatch',
      'This Idempotency-Key was used for another request. Use a new key for a new request.',
    )
  }
  return { response: first.response, replayed: true }
}

function ownerOf({ actor }: Ctx, { key }: Attempt) {
  return { actorId: actor.id, key }
}

/** Hashed like a secret, since the body of some operations holds one. */
function hashOf({ keyring }: Ctx, { fingerprint }: Attempt): string {
  return keyring.hashSecret(fingerprint)
}
