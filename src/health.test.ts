import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../test/app.ts'
import { connectOnce } from './db/connect.ts'

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

  test('does not matter to liveness', async () => {
    await using app = await testApp()
    await sql`delete from migrations`.execute(app.db)
    expect(await ask(app, '/livez')).toEqual({ status: 200, text: 'alive\n' })
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
