import { trainingUrl } from '../actions/acknowledgements.ts'
import { notice } from '../actions/notices.ts'
import type { App } from '../app.ts'
import { claimReminder, type DueReminder, listDueReminders } from '../db/acknowledgements.ts'
import { transaction } from '../db/transaction.ts'
import { BATCH, jobContext } from './sweep.ts'

/** Reminds people of what their keys depend on, once a week: of what they have still to read, and of what ends soon. */
export function remind(app: App): Promise<number> {
  return transaction(jobContext(app, 'remind'), async (ctx) => {
    const due = await listDueReminders(ctx.db, BATCH)
    for (const reminder of due) {
      if (!(await claimReminder(ctx.db, reminder.versionId, reminder.userId))) continue
      await notice(ctx, {
        kind: 'document.remind',
        to: { userId: reminder.userId },
        ...textOf(reminder),
        link: trainingUrl(ctx, reminder.documentId),
      })
    }
    return due.length
  })
}

function textOf({ title, ends, expiresAt }: DueReminder): { subject: string; text: string } {
  if (ends && expiresAt !== null) {
    const day = expiresAt.toISOString().slice(0, 10)
    return {
      subject: `Please read "${title}" again by ${day}`,
      text: `You acknowledged "${title}", which lasts until ${day}. Read it again before then, so that you can go on creating and rotating keys.`,
    }
  }
  return {
    subject: `Please read "${title}"`,
    text: `"${title}" concerns you. New keys depend on it: read it and acknowledge it, so that you can create and rotate keys.`,
  }
}
