import { notice } from '../actions/notices.ts'
import type { App, Ctx } from '../app.ts'
import { type CreditRow, claimLapseNotice, findCredit, listDueLapseNotices } from '../db/credits.ts'
import { listRuleKeepers } from '../db/rule-keepers.ts'
import { transaction } from '../db/transaction.ts'
import { LAPSE_NOTICE_DAYS } from '../domain/credit.ts'
import { formatUsd } from '../domain/money.ts'
import { rulePlace } from '../domain/place.ts'
import type { ScopeType } from '../domain/scope.ts'
import { BATCH, jobContext } from './sweep.ts'

/** Tells people and channels of credits that lapse soon and are not spent: once for each of the days before. */
export function warnOfLapse(app: App): Promise<number> {
  return transaction(jobContext(app, 'warn-of-lapse'), async (ctx) => {
    const due = await listDueLapseNotices(ctx.db, LAPSE_NOTICE_DAYS, BATCH)
    for (const one of due) {
      if (!(await claimLapseNotice(ctx.db, one))) continue
      const credit = await findCredit(ctx.db, one.id)
      if (credit) await warn(ctx, credit)
    }
    return due.length
  })
}

async function warn(ctx: Ctx, row: CreditRow): Promise<void> {
  // Written only by `grantCredit`, whose scope has one of these types.
  const scope = { ...row, scopeType: row.scopeType as ScopeType }
  const day = row.expiresAt?.toISOString().slice(0, 10)
  const left = formatUsd(row.amountNanoUsd - row.usedNanoUsd)
  const message = {
    kind: 'credit.warn',
    subject: `${left} USD of credit lapse on ${day}`,
    text: `Of the ${formatUsd(row.amountNanoUsd)} USD that were granted for "${row.reason}", ${left} USD are left. What is not spent by ${row.expiresAt?.toISOString()} lapses. See: claviger credit list --budget ${row.budgetId}`,
  }
  for (const userId of await listRuleKeepers(ctx.db, scope)) {
    await notice(ctx, { ...message, to: { userId } })
  }
  await notice(ctx, { ...message, to: { channels: rulePlace(scope) } })
}
