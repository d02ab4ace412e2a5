import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { sql } from 'kysely'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { makeCertificate } from '../../test/certificate.ts'
import { serveControlPlane } from '../../test/control-plane.ts'
import { syslogSink } from '../../test/syslog-sink.ts'
import { webhookSink } from '../../test/webhook-sink.ts'
import { audit } from '../actions/audit.ts'
import { sealChain } from '../actions/audit-chain.ts'
import { createAuditSink, rotateAuditSink, updateAuditSink } from '../actions/audit-sinks.ts'
import type { Config } from '../config.ts'
import type { Actor } from '../domain/actor.ts'
import { newId } from '../ids.ts'
import { streamAudit } from './stream-audit.ts'

const LOOPBACK = { privateUpstreams: ['127.0.0.0/8'] }
const none = { params: {}, query: {} }
const person = (app: TestApp): Actor => ({ ...app.as().actor, kind: 'token' })

/** An installation whose trail has a few events. */
async function withTrail(config: Partial<Config>): Promise<TestApp> {
  const app = await testApp(config)
  await (await serveControlPlane(app))[Symbol.asyncDispose]()
  return app
}

const change = (app: TestApp, count = 1) =>
  Promise.all(
    Array.from({ length: count }, () => audit(app.as(), { action: 'team.create', targetId: newId('team') })),
  )

/** As the jobs do it, as long as something moves and a sink may be tried. */
async function stream(app: TestApp): Promise<void> {
  await sealChain(app.as(), { headEveryMs: 0 })
  await sql`update audit_sinks set next_try_at = now()`.execute(app.db)
  while ((await streamAudit(app)) > 0);
}

type Sent = { type: string; data: { unmapped?: { claviger: { position: number } }; position?: number } }
const positions = (sent: Sent[]) => sent.flatMap(({ data }) => data.unmapped?.claviger.position ?? [])
const headsOf = (sent: Sent[]) => sent.filter(({ type }) => type === 'io.claviger.audit.head')
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1)

test('154: a webhook gets the whole trail in order, signed, with the heads, over an outage too', async () => {
  await using sink = await webhookSink()
  await using app = await withTrail(LOOPBACK)
  const { secret } = await createAuditSink(app.as(), {
    ...none,
    body: { name: 'siem', address: sink.url, required: false },
  })
  await change(app, 250)
  await stream(app)
  sink.answer = { status: 500 }
  const before = sink.posts.length
  await change(app, 3)
  await stream(app)
  expect(sink.posts.length).toBe(before + 1)
  const failing = await app.db
    .selectFrom('auditSinks')
    .select(['lastError', 'failingSince'])
    .executeTakeFirst()
  expect(failing).toEqual({ lastError: 'The receiver answered 500.', failingSince: expect.any(Date) })
  sink.posts.splice(before)
  sink.answer = { status: 202 }
  await stream(app)

  const sent = sink.posts.flatMap(({ body }) => JSON.parse(body) as Sent[])
  expect(positions(sent)).toEqual(upTo(positions(sent).length))
  expect(positions(sent).length).toBeGreaterThan(250)
  expect(headsOf(sent).at(-1)?.data.position).toBe(positions(sent).length)
  const [post] = sink.posts
  new Webhook(secret).verify(post?.body ?? '', post?.headers as Record<string, string>)
  expect(post?.headers['content-type']).toBe('application/cloudevents-batch+json')
  const after = await app.db.selectFrom('auditSinks').select(['lastError', 'failingSince']).executeTakeFirst()
  expect(after).toEqual({ lastError: null, failingSince: null })
})

test('154: of two processes that stream at once each event is sent by one', async () => {
  await using sink = await webhookSink()
  await using app = await withTrail(LOOPBACK)
  await createAuditSink(app.as(), { ...none, body: { name: 'siem', address: sink.url, required: false } })
  await change(app, 500)
  await sealChain(app.as(), { headEveryMs: 0 })
  const process = async () => {
    while ((await streamAudit(app)) > 0);
  }
  await Promise.all([process(), process(), process()])
  await stream(app)
  const sent = sink.posts.flatMap(({ body }) => JSON.parse(body) as Sent[])
  expect(positions(sent)).toEqual(upTo(positions(sent).length))
})

test('the database is free while a receiver takes its time, and one who died with its turn is followed by another', async () => {
  await using sink = await webhookSink()
  await using app = await withTrail(LOOPBACK)
  const body = { name: 'siem', address: sink.url, required: false }
  const { sink: made } = await createAuditSink(app.as(), { ...none, body })
  await sealChain(app.as(), { headEveryMs: 0 })
  const answered = Promise.withResolvers<void>()
  sink.answer = { status: 204, when: answered.promise }
  const streaming = streamAudit(app)
  await expect.poll(() => sink.posts.length).toBe(1)
  const { rows } = await sql`
    select from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`.execute(
    app.gatewayDb,
  )
  expect(rows).toEqual([])
  const params = { auditSinkId: made.id }
  await rotateAuditSink(app.as(), { params, query: {}, body: undefined as never })
  expect([await streamAudit(app), sink.posts.length]).toEqual([0, 1])
  await sql`update audit_sinks set next_try_at = next_try_at - interval '60 seconds'`.execute(app.db)
  const next = streamAudit(app)
  await expect.poll(() => sink.posts.length).toBe(2)
  answered.resolve()
  await Promise.all([streaming, next])
  const { sentPosition } = await app.db.selectFrom('auditSinks').selectAll().executeTakeFirstOrThrow()
  expect(Number(sentPosition)).toBeGreaterThan(0)
})

test('154: the file of the configuration gets every event as a line, and goes on in a new one after it was moved', async () => {
  const auditFile = join(tmpdir(), `claviger-audit-${newId('evt')}.jsonl`)
  await using app = await withTrail({ auditFile })
  const lines = () =>
    readFileSync(auditFile, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Sent)
  await stream(app)
  await stream(app)
  const first = positions(lines())
  expect(first).toEqual(upTo(first.length))
  expect(headsOf(lines())).not.toEqual([])
  rmSync(auditFile)
  await change(app)
  await stream(app)
  expect(positions(lines())).toEqual([first.length + 1])
  rmSync(auditFile)
})

test('154: syslog gets messages of RFC 5424, counted by their bytes', async () => {
  await using sink = await syslogSink()
  await using app = await withTrail({ auditSyslog: sink.url })
  await audit(app.as(), { action: 'team.create', targetId: 'x', reason: 'größer · 大' })
  await stream(app)
  await expect.poll(() => sink.messages().length).toBeGreaterThan(4)
  for (const message of sink.messages()) {
    expect(message).toMatch(/^<110>1 \d{4}-\d\d-\d\dT[\d:.]+Z 127\.0\.0\.1 claviger - audit - \{.*\}$/)
  }
  expect(sink.messages().join()).toContain('größer · 大')
})

describe('154: syslog over TLS', () => {
  const authority = makeCertificate('Authority of the test')
  const trusted = getCACertificates('default')
  beforeAll(() => setDefaultCACertificates([...trusted, authority.certPem]))
  afterAll(() => setDefaultCACertificates(trusted))

  test('gets every event when its certificate is for its name', async () => {
    await using sink = await syslogSink(makeCertificate('localhost', authority))
    await using app = await withTrail({ auditSyslog: sink.url })
    await change(app, 300)
    await stream(app)
    await expect.poll(() => sink.messages().filter((text) => text.includes('team.create')).length).toBe(300)
    expect(sink.messages().every((text) => text.startsWith('<110>1 '))).toBe(true)
  })

  test.each([
    ['another name', () => makeCertificate('elsewhere.test', authority)],
    ['an authority that nobody trusts', () => makeCertificate('localhost', makeCertificate('Nobody'))],
    ['itself', () => makeCertificate('localhost')],
  ])('gets nothing with a certificate of %s', async (_, certificate) => {
    await using sink = await syslogSink(certificate())
    await using app = await withTrail({ auditSyslog: sink.url })
    await stream(app)
    expect(sink.messages()).toEqual([])
    const [row] = await app.db.selectFrom('auditSinks').selectAll().execute()
    expect(row).toMatchObject({
      sentPosition: 0n,
      lastError: expect.stringMatching(/^It failed: [A-Z_]+\.$/),
    })
  })
})

test('a secret of a sink is replaced: for a day both sign, then the new one only', async () => {
  await using sink = await webhookSink()
  await using app = await withTrail(LOOPBACK)
  const body = { name: 'siem', address: sink.url, required: false }
  const { secret: old, sink: made } = await createAuditSink(app.as(), { ...none, body })
  const params = { auditSinkId: made.id }
  const { secret } = await rotateAuditSink(app.as(), { params, query: {}, body: undefined as never })
  expect(secret).not.toBe(old)
  const last = () => sink.posts.at(-1)
  const signedBy = (secret: string) => {
    const { body, headers } = last() ?? { body: '', headers: {} }
    try {
      new Webhook(secret).verify(body, headers as Record<string, string>)
      return true
    } catch (error) {
      return String(error)
    }
  }
  await stream(app)
  expect([signedBy(old), signedBy(secret)]).toEqual([true, true])
  // Signed with the moment in which it is sent: its receiver has a clock of its own.
  const signatures = () => String(last()?.headers['webhook-signature']).split(' ').length
  expect(signatures()).toBe(2)
  app.advance(25 * 3_600_000)
  await change(app)
  await stream(app)
  expect(signatures()).toBe(1)
})

test('a syslog server that is not there is tried again later, and loses nothing', async () => {
  const gone = await syslogSink()
  await gone[Symbol.asyncDispose]()
  await using app = await withTrail({ auditSyslog: gone.url })
  await stream(app)
  const [row] = await app.db.selectFrom('auditSinks').selectAll().execute()
  expect(row).toMatchObject({ lastError: 'It failed: ECONNREFUSED.', sentPosition: 0n })
  expect(row?.nextTryAt.getTime()).toBeGreaterThan(Date.now())
})

test('154: while a required sink has failed for a quarter of an hour, nothing is changed but what takes something away', async () => {
  await using app = await withTrail({})
  const body = { name: 'siem', address: 'https://siem.example.com/', required: true }
  const { sink } = await createAuditSink(app.as(), { ...none, body })
  const attempt = (action: string, actor = person(app)) =>
    audit(app.as(actor), { action, targetId: 'x' }).then(
      () => 'done',
      (error) => error.code,
    )
  const failingFor = (minutes: number) =>
    sql`update audit_sinks set failing_since = now() - make_interval(mins => ${minutes})`.execute(app.db)
  await failingFor(14)
  expect(await attempt('team.create')).toBe('done')
  await failingFor(16)
  expect(await attempt('team.create')).toBe('audit_sink_behind')
  expect(await attempt('usage.report')).toBe('done')
  for (const action of ['key.revoke', 'key.suspend', 'session.create', 'audit-sink.update']) {
    expect([action, await attempt(action)]).toEqual([action, 'done'])
  }
  expect(await attempt('key.expire', { ...person(app), kind: 'job' })).toBe('done')
  const params = { auditSinkId: sink.id }
  await updateAuditSink(app.as(person(app)), { params, query: {}, body: { required: false } })
  expect(await attempt('team.create')).toBe('done')
})

test('118: a sink at a private address is refused when it is connected to', async () => {
  await using sink = await webhookSink()
  await using app = await withTrail({})
  await createAuditSink(app.as(), { ...none, body: { name: 'siem', address: sink.url, required: false } })
  await stream(app)
  expect(sink.posts).toEqual([])
  const [row] = await app.db.selectFrom('auditSinks').select('lastError').execute()
  expect(row?.lastError).toMatch(/not a public one/)
})
