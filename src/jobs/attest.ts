import { ATTEST_JOB } from '../actions/attestations.ts'
import { audit } from '../actions/audit.ts'
import { raiseFinding } from '../actions/findings.ts'
import { notice } from '../actions/notices.ts'
import type { App, Ctx } from '../app.ts'
import { type AttestationRow, lockDueAttestations, setAttestationNotices } from '../db/attestations.ts'
import { setKey } from '../db/keys.ts'
import { notify } from '../db/notify.ts'
import { databaseTime } from '../db/time.ts'
import { transaction } from '../db/transaction.ts'
import { attestationStep, NOT_ATTESTED } from '../domain/attestation.ts'
import { keyPlace } from '../domain/place.ts'
import { BATCH, jobContext } from './sweep.ts'

/** Asks the owners of keys whether they still need them, and suspends those for which nobody answered. */
export function attest(app: App): Promise<number> {
  return transaction(jobContext(app, ATTEST_JOB), async (ctx) => {
    const rows = await lockDueAttestations(ctx.db, BATCH)
    const now = await databaseTime(ctx.db)
    for (const row of rows) {
      const next = attestationStep(row, now)
      if (next?.step === 'ask') await ask(ctx, row, next.notices)
      if (next?.step === 'suspend') await suspend(ctx, row)
    }
    return rows.length
  })
}

async function ask(ctx: Ctx, row: AttestationRow, notices: number): Promise<void> {
  await setAttestationNotices(ctx.db, row.keyId, notices)
  const { teamId, projectId } = row
  await audit(ctx, {
    action: 'key.ask',
    targetId: row.keyId,
    teamId,
    projectId,
    after: { ownerUserId: row.ownerUserId, dueAt: row.dueAt.toISOString(), notices },
  })
  await tell(ctx, row, {
    subject: `Is the key "${row.keyName}" still needed?`,
    text: `Please answer by ${row.dueAt.toISOString().slice(0, 10)}: claviger key attest ${row.keyId} --needed true (or false). Without an answer the key is suspended ${row.graceDays} days later.`,
  })
}

async function suspend(ctx: Ctx, row: AttestationRow): Promise<void> {
  await setKey(ctx.db, row.keyId, {
    state: 'suspended',
    suspendedReason: NOT_ATTESTED,
    suspendedBy: ctx.actor.id,
    resumeAt: null,
  })
  const { teamId, projectId } = row
  await audit(ctx, {
    action: 'key.suspend',
    targetId: row.keyId,
    teamId,
    projectId,
    before: { state: 'active' },
    after: { state: 'suspended' },
    reason: NOT_ATTESTED,
  })
  await notify(ctx, { topic: 'key', id: row.keyId })
  await tell(ctx, row, {
    subject: `The key "${row.keyName}" is suspended`,
    text: `Nobody said that it is still needed. If it is: claviger key attest ${row.keyId} --needed true. It then works again at once.`,
  })
}

/** Where nobody is there to be asked, those who look after findings are. */
async function tell(ctx: Ctx, row: AttestationRow, said: { subject: string; text: string }): Promise<void> {
  if (row.ownerUserId !== null) {
    await notice(ctx, { kind: 'key.attest', to: { userId: row.ownerUserId }, ...said })
    return
  }
  await raiseFinding(ctx, {
    kind: 'attestation-without-owner',
    severity: 'medium',
    targetId: row.keyId,
    place: keyPlace(row),
    detail: { serviceAccountId: row.serviceAccountId, dueAt: row.dueAt.toISOString() },
  })
}
