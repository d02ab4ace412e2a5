import type { Ctx } from '../app.ts'
import { type AccessRequestRow, setAccessRequest } from '../db/access-requests.ts'
import { type ApprovalRuleRow, listRulesFor } from '../db/approval-rules.ts'
import { databaseTime } from '../db/time.ts'
import { undoneOnError } from '../db/transaction.ts'
import { decide } from '../domain/access.ts'
import { endOfTerms } from '../domain/access-request.ts'
import type { Actor } from '../domain/actor.ts'
import { ruleFits } from '../domain/approval-rule.ts'
import { AppError } from '../domain/errors.ts'
import { applyRequest } from './access-request-effects.ts'
import { addEvent, placeOf, stateAfter, tell, termsInForce } from './access-request-steps.ts'
import { principalActor } from './principal.ts'

/**
 * Approves a new request by the first rule that fits and whose maker may do all of it at this moment. When none is,
 * the request waits for people, as if there were no rules. Says whether one did.
 */
export async function approveByRule(ctx: Ctx, row: AccessRequestRow): Promise<boolean> {
  const now = await databaseTime(ctx.db)
  const terms = termsInForce(row)
  const rules = await listRulesFor(ctx.db, row)
  for (const rule of rules.filter((rule) => ruleFits(rule, { ...row, terms }, now))) {
    const actor = await actorOfRule(ctx, rule)
    if (!decide(actor, 'access-request:decide', placeOf(row)).allowed) continue
    if (await approve({ ...ctx, actor }, row, rule, now)) return true
  }
  return false
}

async function approve(ctx: Ctx, row: AccessRequestRow, rule: ApprovalRuleRow, now: Date): Promise<boolean> {
  const terms = termsInForce(row)
  const endsAt = endOfTerms(terms)
  try {
    await undoneOnError(ctx, async (ctx) => {
      const effects = await applyRequest(ctx, { request: row, terms, endsAt })
      await setAccessRequest(ctx.db, row.id, {
        state: stateAfter(row, 'approve'),
        autoRuleId: rule.id,
        effects: JSON.stringify(effects),
        decidedAt: now,
        endsAt,
      })
      const text = `Approved by the rule "${rule.name}".`
      await addEvent(ctx, row, { kind: 'approve', text })
      await tell(ctx, row, 'access-request.approve', text)
    })
    return true
  } catch (error) {
    // The rule's maker lacks part of what this would give, or it cannot be given: people will see.
    if (error instanceof AppError) return false
    throw error
  }
}

/** The rule, with what its maker may do now. In the audit trail it is the rule that did it. */
async function actorOfRule(ctx: Ctx, rule: ApprovalRuleRow): Promise<Actor> {
  const maker = await principalActor(ctx.db, { userId: rule.createdBy, serviceAccountId: null })
  return { ...maker, id: rule.id, userId: null, self: null }
}
