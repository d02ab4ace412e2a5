import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../test/app.ts'
import { createAuditSink } from './actions/audit-sinks.ts'
import { raiseFinding } from './actions/findings.ts'
import { connectOnce } from './db/connect.ts'
import { ORGANIZATION } from './domain/place.ts'
import { newId } from './ids.ts'

async function ask(app: TestApp, path: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`${app.url || (await app.serve())}${path}`, { headers })
  return { status: answer.status, text: await answer.text() }
}

describe('readiness', () => {
  test('lists every check when asked to, and is one word otherwise', async () => {
    await using app = await testApp()
    expect(await ask(app, '/readyz')).toEqual({ status: 200, text: 'ready\n' })
    const { status, text } = await ask(app, '/readyz?verbose')
    expect(status).toBe(200)
    expect(text.split('\n').map((line) => line.replace(/:.*/, ''))).toEqual([
      '[+] database',
      '[+] migrations',
      '[+] root key',
      '[+] audit',
      '[+] ledger',
      '[+] accepting',
      'ready',
      '',
    ])
  })

  test('is lost within about a second when the database does not answer, and comes back with it', async () => {
    await using app = await testApp()
    await app.serve()
    const client = await connectOnce(app.databaseUrl, 'blocker')
    await client.query('begin; lock table installation in access exclusive mode')
    const began = performance.now()
    expect(await ask(app, '/readyz')).toMatchObject({
      status: 503,
      text: expect.stringContaining('[-] database: no answer'),
    })
    expect(performance.now() - began).toBeLessThan(2_500)
    await client.query('rollback')
    await client.end()
    await expect.poll(async () => (await ask(app, '/readyz')).status).toBe(200)
  })

  test('is lost when migrations are missing or another root key sealed the database', async () => {
    await using app = await testApp()
    await sql`delete from migrations where name = '0001_init.sql'`.execute(app.db)
    expect(await ask(app, '/readyz')).toMatchObject({
      status: 503,
      text: expect.stringContaining('[-] migrations: 1 missing'),
    })
    await sql`update installation set root_key_check = 'another'`.execute(app.db)
    expect((await ask(app, '/readyz')).text).toContain('[-] root key: another one sealed this database')
  })

  test('is lost while the database does not know this gateway, nor takes it back', async () => {
    await using app = await testApp()
    await app.serve()
    await sql`drop function node_return`.execute(app.db)
    await sql`delete from nodes`.execute(app.db)
    await expect
      .poll(() => ask(app, '/readyz'))
      .toMatchObject({
        status: 503,
        text: expect.stringContaining('[-] ledger: the database has not heard from this gateway'),
      })
  })

  test('does not matter to liveness', async () => {
    await using app = await testApp()
    await sql`delete from migrations`.execute(app.db)
    expect(await ask(app, '/livez')).toEqual({ status: 200, text: 'alive\n' })
  })
})

describe('the audit trail', () => {
  const lineOf = async (app: TestApp) =>
    (await ask(app, '/readyz?verbose')).text.split('\n').find((line) => line.includes('audit'))
  const metric = async (app: TestApp, name: string) =>
    new RegExp(`^claviger_audit_${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec(
      (await ask(app, '/metrics')).text,
    )?.[1]

  test('says when it is not sealed, and for how long; calls go on', async () => {
    await using app = await testApp()
    await app.serve()
    const client = await connectOnce(app.databaseUrl, 'a sealer that hangs')
    await client.query('begin; select pg_advisory_xact_lock(7236506)')
    const at = new Date(Date.now() - 120_000)
    const who = { actorKind: 'setup', actorId: 'a test' } as const
    await app.db
      .insertInto('auditEvents')
      .values({ id: newId('evt'), ...who, action: 'team.create', targetId: 'x', at })
      .execute()
    expect(await lineOf(app)).toMatch(/^\[!\] audit: 1 events wait to be sealed, one for 12\d s$/)
    expect(Number(await metric(app, 'unsealed_events'))).toBe(1)
    expect(Number(await metric(app, 'unsealed_seconds'))).toBeGreaterThan(100)
    expect((await ask(app, '/readyz')).status).toBe(200)
    await client.end()
    await expect.poll(() => lineOf(app)).toBe('[+] audit: ok')
  })

  test('says when it is broken, and which sink fails', async () => {
    await using app = await testApp()
    expect(await metric(app, 'chain_broken')).toBe('0')
    const finding = {
      kind: 'audit-chain-broken',
      severity: 'high',
      targetId: 'org_1',
      place: ORGANIZATION,
    } as const
    await raiseFinding(app.as(), { ...finding, detail: {} })
    expect(await lineOf(app)).toContain('[!] audit: the chain does not match its signed head')
    expect(await metric(app, 'chain_broken')).toBe('1')
    const body = { name: 'siem', address: 'https://siem.example.com/', required: true }
    const { sink } = await createAuditSink(app.as(), { params: {}, query: {}, body })
    await sql`update audit_sinks set failing_since = now() - interval '5 minutes', next_try_at = 'infinity'`.execute(
      app.db,
    )
    expect(await lineOf(app)).toContain(`the sink ${sink.id} fails`)
    expect(Number(await metric(app, 'sink_failing_seconds'))).toBeGreaterThan(290)
    expect((await ask(app, '/readyz')).status).toBe(200)
  })
})

describe('metrics', () => {
  test('are shown to loopback, in the text format of Prometheus', async () => {
    await using app = await testApp()
    const { status, text } = await ask(app, '/metrics')
    expect(status).toBe(200)
    expect(text).toMatch(/^# TYPE process_cpu_seconds_total counter$/m)
  })

  test.each(['x-forwarded-for', 'forwarded'])(
    'are refused to what a proxy on this machine passes on (%s)',
    async (name) => {
      await using app = await testApp()
      expect((await ask(app, '/metrics', { [name]: '203.0.113.7' })).status).toBe(403)
    },
  )

  test('need the metrics token once there is one, from loopback too', async () => {
    await using app = await testApp({ metricsToken: 'a-token-for-scrapers' })
    expect((await ask(app, '/metrics')).status).toBe(403)
    expect((await ask(app, '/metrics', { authorization: 'Bearer a-token-for-scrapes' })).status).toBe(403)
    expect((await ask(app, '/metrics', { authorization: 'Bearer a-token-for-scrapers' })).status).toBe(200)
    expect((await ask(app, '/readyz')).status).toBe(200)
  })
})
