import manifest from '../../package.json' with { type: 'json' }
import type { Ctx } from '../app.ts'
import type { Output } from '../contract/operation.ts'
import { type emailTest, serverView } from '../contract/server.ts'
import { transaction } from '../db/transaction.ts'
import { AppError } from '../domain/errors.ts'
import { CONFIDENTIAL, ORGANIZATION } from '../domain/place.ts'
import { audit } from './audit.ts'
import { authorize } from './authorize.ts'
import { mailConfigured, noticeTo } from './notices.ts'

const MEGABYTE = 1024 * 1024

/** How this server is configured, without its secrets and the addresses of what it sends to. */
export async function viewServer(ctx: Ctx): Promise<Output<typeof serverView>> {
  authorize(ctx.actor, serverView.permission, ORGANIZATION)
  const { config, ip } = ctx
  return {
    version: manifest.version,
    url: config.url,
    database: config.databaseUrl === null ? 'embedded' : 'external',
    mail: config.mail && { from: config.mail.from },
    auditFile: config.auditFile !== null,
    auditSyslog: config.auditSyslog !== null,
    staleSeconds: config.staleSeconds,
    journalMegabytes: Math.floor(config.journalBytes / MEGABYTE),
    drainSeconds: config.drainSeconds,
    yourAddress: ip,
  }
}

/** Puts a mail to whoever asks into the outbox, as any other notice. */
export async function testEmail(ctx: Ctx): Promise<Output<typeof emailTest>> {
  authorize(ctx.actor, 'channel:update', CONFIDENTIAL)
  const { userId } = ctx.actor
  if (userId === null) throw new AppError('conflict', 'Only a person has an address to send a mail to.')
  if (!mailConfigured(ctx)) {
    throw new AppError(
      'conflict',
      'This server sends no mail: set CLAVIGER_SMTP_URL and CLAVIGER_MAIL_FROM, and start it again.',
    )
  }
  return transaction(ctx, async (ctx) => {
    const text = 'Claviger can send you mail. You get this because you asked for a test.'
    const noticeId = await noticeTo(ctx, { userId }, { kind: 'email.test', subject: 'Mail works', text })
    await audit(ctx, { action: 'email.test', targetId: userId })
    return { noticeId }
  })
}
