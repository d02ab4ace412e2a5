import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { type ControlPlane, serveControlPlane } from '../../test/control-plane.ts'
import { until } from '../../test/raw-peer.ts'
import { type Cli, type CliResult, createCli } from '../../test/run-cli.ts'
import { createSession } from '../actions/sessions.ts'
import { confirmStepUp } from '../actions/step-up.ts'
import { visitOf } from '../app.ts'
import { authenticate } from '../auth/authenticate.ts'

let app: TestApp
let api: ControlPlane
let userId: string
let cookie: string
beforeAll(async () => {
  app = await testApp()
  api = await serveControlPlane(app)
  userId = (await app.db.selectFrom('users').select('id').executeTakeFirstOrThrow()).id
  const session = { userId, kind: 'browser', methods: ['pwd', 'otp'], mfa: true } as const
  cookie = `__Host-claviger=${(await createSession(visitOf(app), session)).secret}`
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

/** What the person does in their browser, where they are signed in. */
const press = (path: string, fields: Record<string, string>) =>
  fetch(`${api.url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, origin: new URL(app.config.url).origin },
    body: new URLSearchParams(fields),
  })

/** Runs `claviger login --device`, and answers in the browser once the code is shown. */
function loginByDevice(cli: Cli, answer: 'yes' | 'no'): Promise<CliResult> {
  let pressed = false
  return cli.run(['login', '--device', '--url', api.url], {
    hears: (said) => {
      const code = /\b[A-Z]{4}-[A-Z]{4}\b/.exec(said)?.[0]
      if (code === undefined || pressed) return
      pressed = true
      void press('/device/answer', { code, answer })
    },
  })
}

const configOf = (cli: Cli) => join(cli.dir, 'claviger', 'config.json')
const stored = (cli: Cli) => JSON.parse(readFileSync(configOf(cli), 'utf8'))
const livingSessions = async () =>
  (
    await app.db
      .selectFrom('sessions')
      .selectAll()
      .where('kind', '=', 'cli')
      .where('endedAt', 'is', null)
      .execute()
  ).length

test('login --device signs in by a code; the tokens work, are renewed in time, and end with logout', async () => {
  using cli = createCli()
  const { code, stdout, stderr } = await loginByDevice(cli, 'yes')
  expect([code, stdout]).toEqual([0, ''])
  expect(stderr).toContain(`${app.config.url}/device`)
  expect(stderr).toContain('owner@example.com')
  expect(stderr).toContain(configOf(cli))
  expect(statSync(configOf(cli)).mode & 0o777).toBe(0o600)
  const first = stored(cli)
  expect(stderr).not.toContain(first.tokens.accessToken)
  expect((await cli.run(['team', 'create', '--name', 'Search'])).code).toBe(0)
  expect((await cli.run(['whoami'])).stdout).toContain('owner@example.com')

  // An hour later: several commands at once, and a refresh token is good once.
  writeFileSync(
    configOf(cli),
    JSON.stringify({ ...first, tokens: { ...first.tokens, expiresAt: '2020-01-01T00:00:00Z' } }),
  )
  const commands = [['team', 'list'], ['whoami'], ['key', 'list'], ['api', 'GET', '/v1/teams']]
  const results = await Promise.all(commands.map((args) => cli.run(args)))
  expect(results.map(({ code, stderr }) => [code, stderr.includes('Error')])).toEqual(
    commands.map(() => [0, false]),
  )
  const next = stored(cli)
  expect(next.tokens.refreshToken).not.toBe(first.tokens.refreshToken)
  expect(Date.parse(next.tokens.expiresAt)).toBeGreaterThan(Date.now() + 3_000_000)
  expect(existsSync(`${configOf(cli)}.lock`)).toBe(false)

  const before = await livingSessions()
  const out = await cli.run(['logout'])
  expect([out.code, out.stderr]).toEqual([0, expect.stringContaining('Signed out')])
  expect([await livingSessions(), existsSync(configOf(cli))]).toEqual([before - 1, false])
  expect((await cli.run(['team', 'list'])).code).toBe(4)
  expect((await cli.run(['logout'])).stderr).toContain('You were not signed in')
}, 90_000)

test('a new sign-in ends the one before; without its server, logout still forgets', async () => {
  using cli = createCli()
  await loginByDevice(cli, 'yes')
  const before = await livingSessions()
  await loginByDevice(cli, 'yes')
  expect(await livingSessions()).toBe(before)
  await cli.run(['login', '--url', api.url, '--token-stdin'], { stdin: api.owner })
  expect(await livingSessions()).toBe(before - 1)

  const tokens = { accessToken: 'cvg_acc_x', refreshToken: 'cvg_ref_x', expiresAt: '2020-01-01T00:00:00Z' }
  writeFileSync(configOf(cli), JSON.stringify({ url: 'http://127.0.0.1:1', tokens }))
  const { code, stderr } = await cli.run(['logout'])
  expect([code, existsSync(configOf(cli))]).toEqual([0, false])
  expect(stderr).toContain('could not be told')
}, 90_000)

test('who is told to wait is told how long', async () => {
  const code = { clientName: 'x', ip: '127.0.0.1', expiresAt: new Date(Date.now() + 60_000) }
  const many = Array.from({ length: 20 }, (_, i) => ({
    ...code,
    hash: `many-${i}`,
    userCodeHash: `many-${i}`,
  }))
  await app.db.insertInto('deviceCodes').values(many).execute()
  using cli = createCli()
  const { code: exit, stderr } = await cli.run(['login', '--device', '--url', api.url])
  await app.db.deleteFrom('deviceCodes').execute()
  expect([exit, stderr]).toEqual([7, expect.stringContaining('Too many sign-ins wait')])
})

/** Runs `claviger login --browser` with a browser of ours, which leaves the address for `browse`. */
async function loginInBrowser(cli: Cli, browse: (url: URL) => Promise<void>): Promise<CliResult> {
  const [browser, opened] = [join(cli.dir, 'browser'), join(cli.dir, 'opened')]
  writeFileSync(browser, `#!/bin/sh\nprintf %s "$1" > "${opened}.part" && mv "${opened}.part" "${opened}"\n`)
  chmodSync(browser, 0o700)
  const running = cli.run(['login', '--browser', '--url', api.url], { env: { BROWSER: browser } })
  await until('the browser opens', () => existsSync(opened))
  await browse(new URL(readFileSync(opened, 'utf8')))
  return running
}

test('login --browser signs in by the browser of this machine', async () => {
  using cli = createCli()
  let landed: string | null = null
  let verifierSeen = ''
  const { code, stderr } = await loginInBrowser(cli, async (url) => {
    const fields = Object.fromEntries(url.searchParams)
    verifierSeen = JSON.stringify(fields)
    expect(url.pathname).toBe('/oauth/authorize')
    expect(fields).toMatchObject({ code_challenge_method: 'S256', response_type: 'code' })
    const answer = await press('/oauth/authorize', { ...fields, answer: 'yes' })
    const back = new URL(answer.headers.get('location') ?? '')
    // Somebody else's page finds the port: it gets nothing, and spoils nothing.
    for (const path of ['/callback?code=stolen&state=wrong', '/callback?code=x', '/', '/favicon.ico']) {
      expect((await fetch(`${back.origin}${path}`)).status).toBe(404)
    }
    // And so does one that reaches it by a name that was made to lead here.
    const named = get({
      port: back.port,
      path: `${back.pathname}${back.search}`,
      headers: { host: 'evil.example' },
    })
    const [{ statusCode }] = await once(named, 'response')
    expect(statusCode).toBe(404)
    landed = (await fetch(back, { redirect: 'manual' })).headers.get('location')
  })
  expect([code, stderr]).toEqual([0, expect.stringContaining('Signed in to')])
  expect(landed).toBe(`${app.config.url}/oauth/signed-in`)
  expect(verifierSeen).not.toContain('verifier')
  expect((await cli.run(['team', 'list'])).code).toBe(0)
}, 60_000)

test('a no in the browser of this machine ends it as well', async () => {
  using cli = createCli()
  let landed: string | null = null
  const { code, stderr } = await loginInBrowser(cli, async (url) => {
    const answer = await press('/oauth/authorize', { ...Object.fromEntries(url.searchParams), answer: 'no' })
    const back = answer.headers.get('location') ?? ''
    landed = (await fetch(back, { redirect: 'manual' })).headers.get('location')
  })
  expect([code, landed]).toEqual([3, `${app.config.url}/oauth/refused`])
  expect(stderr).toContain('You said no')
}, 60_000)

test('where nobody is who could sign in, login says what there is', async () => {
  using cli = createCli()
  const { code, stderr } = await cli.run(['login', '--url', api.url])
  expect([code, stderr]).toEqual([2, expect.stringContaining('--token-stdin')])
  expect((await cli.run(['login', '--browser', '--device', '--url', api.url])).code).toBe(2)
})

// Each waits for the five seconds after which a device asks again: they do so together.
test.concurrent('a no in the browser ends it', async () => {
  using cli = createCli()
  const { code, stderr } = await loginByDevice(cli, 'no')
  expect([code, existsSync(configOf(cli))]).toEqual([3, false])
  expect(stderr).toContain('Somebody said no')
}, 60_000)

test.concurrent('a sign-in that was ended elsewhere is told, and what is stored of another server is not used', async () => {
  using cli = createCli()
  await loginByDevice(cli, 'yes')
  const before = stored(cli)
  await app.db
    .updateTable('sessions')
    .set({ refreshHash: null })
    .where('refreshHash', '=', app.keyring.hashSecret(before.tokens.refreshToken))
    .execute()
  const past = { ...before.tokens, expiresAt: '2020-01-01T00:00:00Z' }
  writeFileSync(configOf(cli), JSON.stringify({ ...before, tokens: past }))
  const { code, stderr } = await cli.run(['team', 'list'])
  expect([code, stderr]).toEqual([4, expect.stringContaining('has ended')])
  const other = await cli.run(['team', 'list', '--url', 'http://127.0.0.1:1'])
  expect([other.code, other.stderr]).toEqual([4, expect.stringContaining('not signed in')])
}, 60_000)

test.concurrent('42: a request that must be confirmed is confirmed in the browser, and sent again', async () => {
  using cli = createCli()
  await loginByDevice(cli, 'yes')
  let confirming: Promise<void> | undefined
  const { code, stdout, stderr } = await cli.run(
    ['token', 'create', '--name', 'deploy', '--role', 'analyst', '--json'],
    {
      hears: (said) => {
        const id = /\/step-up\/(stp_\w{26})\n/.exec(said)?.[1]
        if (id !== undefined) confirming ??= confirm(id)
      },
    },
  )
  await confirming
  expect([code, stderr]).toEqual([0, expect.stringContaining(`${app.config.url}/step-up/stp_`)])
  expect(JSON.parse(stdout)).toMatchObject({
    token: { name: 'deploy' },
    secret: expect.stringMatching(/^cvg_tok_/),
  })
}, 60_000)

async function confirm(stepUpId: string): Promise<void> {
  const presented = { authorization: null, cookie, method: 'GET', origin: null, fetchSite: null, ip: null }
  const { actor } = await authenticate(app, presented)
  await confirmStepUp(app.as(actor), stepUpId, 'otp')
}
