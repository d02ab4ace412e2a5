import manifest from '../../package.json' with { type: 'json' }
import { keepConfiguredSinks } from '../actions/audit-sinks.ts'
import type { App } from '../app.ts'
import { openAuditSink } from '../audit-sink-secret.ts'
import { findLinkHash, listHeads, listLinksAfter } from '../db/audit-chain.ts'
import {
  type AuditSinkRow,
  listAuditSinks,
  setAuditSinkFailed,
  setAuditSinkSent,
  takeDueAuditSink,
} from '../db/audit-sinks.ts'
import { findOrganization } from '../db/organization.ts'
import { NO_HASH } from '../domain/audit-chain.ts'
import { cloudEventOf, headCloudEvent } from '../domain/audit-ocsf.ts'
import { appendLines } from '../notify/audit-file.ts'
import { PostError } from '../notify/post.ts'
import { sendSyslog, syslogFrame } from '../notify/syslog.ts'
import { sendWebhook } from '../notify/webhook.ts'
import { BATCH, jobContext } from './sweep.ts'

/** Of events in one message. */
const EVENTS = 200
const RETRY_SECONDS = 10
/** Longer than one message takes, even if its receiver says nothing. */
const LEASE_SECONDS = 60

/** Sends to each sink what it does not have yet, in order, at least once. */
export async function streamAudit(app: App): Promise<number> {
  await keepConfiguredSinks(jobContext(app, 'stream-audit'))
  const organization = await findOrganization(app.db)
  if (!organization) return 0
  const sinks = (await listAuditSinks(app.db)).filter((sink) => isOurs(app, sink))
  const more = await Promise.all(sinks.map((sink) => streamTo(app, organization.id, sink)))
  return more.some(Boolean) ? BATCH : 0
}

/** Files and syslog are those of the process that was configured to write there. */
function isOurs({ config }: App, { kind, target }: AuditSinkRow): boolean {
  return kind === 'webhook' || target === (kind === 'file' ? config.auditFile : config.auditSyslog)
}

/** One message to one sink; whether there is more. No transaction is open while its receiver takes its time. */
async function streamTo(app: App, organizationId: string, known: AuditSinkRow): Promise<boolean> {
  const waiting = await nextOf(app, organizationId, known)
  const sink = waiting.cloudEvents.length > 0 && (await takeDueAuditSink(app.db, known.id, LEASE_SECONDS))
  if (!sink) return false
  // Somebody else may have sent some since it was read.
  const next = await nextOf(app, organizationId, sink)
  try {
    if (next.cloudEvents.length > 0) await send(app, sink, next)
    await setAuditSinkSent(app.db, sink, next)
    return next.full
  } catch (error) {
    const message = error instanceof PostError ? error.message : `It failed: ${codeOf(error)}.`
    await setAuditSinkFailed(app.db, sink.id, message, RETRY_SECONDS)
    return false
  }
}

type Next = { cloudEvents: object[]; position: number; head: number; full: boolean }

/** The events after those that it has, and the heads that were signed up to there. */
async function nextOf({ db }: App, organizationId: string, sink: AuditSinkRow): Promise<Next> {
  const before = Number(sink.sentPosition)
  const links = await listLinksAfter(db, before, EVENTS)
  const position = links.at(-1)?.position ?? before
  const heads = await listHeads(db, organizationId, { first: Number(sink.sentHead) + 1, last: position })
  let previousHash = (await findLinkHash(db, before)) ?? NO_HASH
  const events = links.map(({ event, ...link }) => {
    const placed = { ...link, previousHash }
    previousHash = link.hash
    const whole = event ?? { seq: 0, id: 'gone', action: 'event.gone' }
    return cloudEventOf(whole, placed, { version: manifest.version, organizationId })
  })
  return {
    cloudEvents: [...events, ...heads.map(headCloudEvent)],
    position,
    head: heads.at(-1)?.position ?? Number(sink.sentHead),
    full: links.length === EVENTS,
  }
}

async function send(app: App, sink: AuditSinkRow, { cloudEvents, position, head }: Next): Promise<void> {
  switch (sink.kind) {
    case 'file':
      return appendLines(
        sink.target,
        cloudEvents.map((event) => JSON.stringify(event)),
      )
    case 'syslog': {
      const { hostname } = new URL(app.config.url)
      const at = app.clock()
      const frames = cloudEvents.map((event) =>
        syslogFrame({ host: hostname, at, text: JSON.stringify(event) }),
      )
      return sendSyslog(app.egress, sink.target, frames)
    }
    case 'webhook':
      return sendWebhook(app.egress, {
        url: sink.target,
        secrets: secretsOf(app, sink),
        id: `${sink.id}-${position}-${head}`,
        at: app.clock(),
        body: JSON.stringify(cloudEvents),
        contentType: 'application/cloudevents-batch+json',
      })
  }
}

function secretsOf({ keyring, clock }: App, row: AuditSinkRow): [string, ...string[]] {
  const { id, secretVersion, sealedDataKey, sealedSecret } = row
  if (sealedDataKey === null || sealedSecret === null) throw new Error('a webhook without its secret')
  const { current, previous } = openAuditSink(keyring, { id, secretVersion, sealedDataKey, sealedSecret })
  return previous !== null && new Date(previous.until) > clock() ? [current, previous.secret] : [current]
}

/** Of files and sockets: `ENOSPC`, `ECONNREFUSED`. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no answer'
}
