import { type App, type Ctx, visitOf } from '../app.ts'
import { type AnyOperation, commandOf } from '../contract/operation.ts'
import {
  countDenial,
  countDenials,
  type DenialRow,
  deleteSaidDenials,
  takeUnsaidDenials,
} from '../db/denials.ts'
import { findOrganization } from '../db/organization.ts'
import { transaction } from '../db/transaction.ts'
import { programActor } from '../domain/actor.ts'
import { AppError, type ErrorCode } from '../domain/errors.ts'
import { audit, auditAlone } from './audit.ts'

/** What somebody may not do. A confirmation that is asked for is no refusal: they are about to give it. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['forbidden', 'acknowledgement_required'])
/** Different things that one actor is refused in a minute, each said by its name; what is more is one thing. */
const MOST_THINGS = 30
const ID = /^[a-z]+_[0-9A-HJKMNP-TV-Z]{26}$/

/**
 * Writes down that an operation was refused: each actor, operation and target at once, and again with how often when a
 * minute has passed, so that no flood of them fills the trail. Whatever goes wrong here changes nothing for the caller.
 */
export async function noteDenial(
  ctx: Ctx,
  operation: AnyOperation,
  input: unknown,
  error: unknown,
): Promise<void> {
  if (!(error instanceof AppError) || !REFUSALS.has(error.code)) return
  const { kind, id: actorId, userId } = ctx.actor
  if (kind !== 'session' && kind !== 'token') return
  try {
    const many = (await countDenials(ctx.db, actorId)) >= MOST_THINGS
    const action = many ? 'access.refuse' : actionOf(operation)
    const targetId = many
      ? actorId
      : (firstId(input) ?? (await findOrganization(ctx.db))?.id ?? 'organization')
    const first = await countDenial(ctx.db, { actorKind: kind, actorId, userId, action, targetId })
    if (first) await auditAlone(ctx, { action, targetId, result: 'denied', reason: error.message })
  } catch (failure) {
    ctx.log.error({ err: failure, requestId: ctx.requestId }, 'a refusal could not be written down')
  }
}

/** Says how often what was refused a minute ago was tried again since. Returns how many events that were. */
export function sayDenials(app: App, limit: number): Promise<number> {
  return transaction(app, async (app) => {
    const rows = await takeUnsaidDenials(app.db, limit)
    for (const row of rows) await audit(asRefused(app, row), again(row))
    await deleteSaidDenials(app.db)
    return rows.length
  })
}

function again({ action, targetId, unsaid }: DenialRow) {
  const times = unsaid === 1 ? 'Once more' : `${unsaid} times more`
  return {
    action,
    targetId,
    result: 'denied' as const,
    reason: `${times} since the last event of this kind.`,
  }
}

/** Who was refused, as the row says. They are not here. */
function asRefused(app: App, { actorKind, actorId, userId }: DenialRow): Ctx {
  const actor = { ...programActor('job', actorId), kind: actorKind, userId }
  return { ...visitOf(app), actor }
}

/** `keyCreate` → `key.create`, as its audit event is called when it is done. */
function actionOf({ name }: AnyOperation): string {
  const [noun, verb] = commandOf(name)
  return `${noun}.${verb === 'get' ? 'view' : verb}`
}

/** The first id that the request names, in its path before its query and body. */
function firstId(input: unknown): string | null {
  if (typeof input === 'string') return ID.test(input) ? input : null
  if (typeof input !== 'object' || input === null) return null
  for (const value of Object.values(input)) {
    const found = firstId(value)
    if (found !== null) return found
  }
  return null
}
