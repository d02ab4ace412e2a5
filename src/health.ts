import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from './app.ts'
import { type AuditState, findAuditState } from './db/audit-state.ts'
import { findRootKeyCheck } from './db/installation.ts'
import { pendingMigrations } from './db/migrate.ts'
import { sameSecret } from './keyring.ts'

const DATABASE_TIMEOUT_MS = 1_000
const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])

/** What is `odd` needs a person, and keeps no call from being served. */
type Check = { name: string; ok: boolean; odd?: boolean; detail: string }

export type Health = {
  /** Answers `/livez`, `/readyz` and `/metrics`. False when the request is for something else. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** From now on this process is not ready: it is about to stop. */
  drain(): void
}

/** How this process is. Alive: it answers. Ready: everything a call needs is there. */
export function createHealth(app: App): Health {
  let draining = false
  let running: Promise<Check[]> | null = null

  /** Many who ask at once share one answer, so that nobody can wear down the database by asking. */
  function checks(): Promise<Check[]> {
    running ??= checkDatabase(app).finally(() => {
      running = null
    })
    return running
  }

  async function ready(response: ServerResponse, verbose: boolean): Promise<void> {
    const stopping: Check = { name: 'accepting', ok: !draining, detail: draining ? 'shutting down' : 'ok' }
    const all = [...(await checks()), checkLedger(app), stopping]
    const ok = all.every((check) => check.ok)
    const lines = all.map(
      ({ name, ok, odd, detail }) => `[${!ok ? '-' : odd ? '!' : '+'}] ${name}: ${detail}`,
    )
    answer(
      response,
      ok ? 200 : 503,
      [...(verbose || !ok ? lines : []), ok ? 'ready' : 'not ready'].join('\n'),
    )
  }

  async function metrics(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!maySeeMetrics(app, request)) return answer(response, 403, metricsRefusal(app))
    answer(response, 200, await app.metrics.registry.metrics(), app.metrics.registry.contentType)
  }

  return {
    handle(request, response) {
      const [path, query] = (request.url ?? '').split('?')
      const serve = {
        '/livez': () => answer(response, 200, 'alive'),
        '/readyz': () => ready(response, new URLSearchParams(query).has('verbose')),
        '/metrics': () => metrics(request, response),
      }[path ?? '']
      if (!serve) return false
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.setHeader('allow', 'GET, HEAD')
        answer(response, 405, 'GET only')
      } else {
        Promise.resolve(serve()).catch((error) => {
          app.log.error({ err: error }, 'a health request failed')
          if (!response.headersSent) answer(response, 500, 'failed')
        })
      }
      return true
    },
    drain() {
      draining = true
    },
  }
}

async function checkDatabase(app: App): Promise<Check[]> {
  const asked = Promise.all([
    pendingMigrations(app.db),
    findRootKeyCheck(app.db),
    // What is not migrated yet may not have its tables.
    findAuditState(app.db).catch(() => null),
  ])
  const late = new Promise<null>((resolve) => setTimeout(resolve, DATABASE_TIMEOUT_MS, null).unref())
  try {
    const answer = await Promise.race([asked, late])
    if (!answer) return unknown(`no answer within ${DATABASE_TIMEOUT_MS} ms`)
    const [pending, rootKeyCheck, audit] = answer
    const sameKey = rootKeyCheck === app.keyring.check
    return [
      { name: 'database', ok: true, detail: 'ok' },
      { name: 'migrations', ok: pending === 0, detail: pending === 0 ? 'ok' : `${pending} missing` },
      { name: 'root key', ok: sameKey, detail: sameKey ? 'ok' : 'another one sealed this database' },
      auditCheck(audit),
    ]
  } catch {
    return unknown('away')
  } finally {
    asked.catch(() => {})
  }
}

/** Sealing takes a second. */
const LATE_SECONDS = 30

/** Calls are served whatever is wrong with the audit trail: somebody who can break it must not stop the gateway too. */
function auditCheck(state: AuditState | null): Check {
  if (state === null) return { name: 'audit', ok: true, odd: true, detail: 'unknown' }
  const { broken, unsealed, unsealedSeconds, sinks } = state
  const late = unsealedSeconds > LATE_SECONDS
  const failing = sinks.filter(({ failingSeconds }) => failingSeconds > LATE_SECONDS)
  const told = [
    ...(broken ? ['the chain does not match its signed head: run claviger audit verify'] : []),
    ...(late ? [`${unsealed} events wait to be sealed, one for ${Math.round(unsealedSeconds)} s`] : []),
    ...failing.map(({ id, behind }) => `the sink ${id} fails, and lacks ${behind} events`),
  ]
  return { name: 'audit', ok: true, odd: told.length > 0, detail: told.length === 0 ? 'ok' : told.join('; ') }
}

function unknown(detail: string): Check[] {
  return [
    { name: 'database', ok: false, detail },
    { name: 'migrations', ok: false, detail: 'unknown' },
    { name: 'root key', ok: false, detail: 'unknown' },
  ]
}

function checkLedger({ ledger }: App): Check {
  const { journalWritable, trusted, backlogRows } = ledger.health()
  const trouble = !journalWritable
    ? 'the journal cannot be written, or is full'
    : !trusted
      ? 'the database has not heard from this gateway for too long, or does not know it: calls with a budget or a rate limit are refused'
      : null
  return {
    name: 'ledger',
    ok: trouble === null,
    detail: trouble ?? `${backlogRows} calls wait to be written`,
  }
}

/** A reverse proxy on this machine also connects from loopback, on behalf of anybody: it says so in a header. */
function maySeeMetrics({ config }: App, { headers, socket }: IncomingMessage): boolean {
  const sent = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  if (config.metricsToken !== null) return sent !== undefined && sameSecret(sent, config.metricsToken)
  const proxied = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined
  return LOOPBACK.has(socket.remoteAddress ?? '') && !proxied
}

function metricsRefusal({ config }: App): string {
  return config.metricsToken === null
    ? 'Metrics are shown to loopback only. To see them from elsewhere, set CLAVIGER_METRICS_TOKEN.'
    : 'Send the metrics token as "Authorization: Bearer …".'
}

function answer(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(response.req.method === 'HEAD' ? undefined : `${text}\n`)
}
