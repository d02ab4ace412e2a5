import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { type ControlPlane, serveControlPlane } from '../../test/control-plane.ts'
import { addTotpApp, newPerson, PASSWORD } from '../../test/people.ts'
import { totpCode } from '../../test/totp.ts'
import { visitOf } from '../app.ts'
import { operations } from '../contract/all.ts'
import { DEVICE_COOKIE, readCookie, SESSION_COOKIE, SIGN_IN_COOKIE } from '../cookies.ts'
import { findTotpFactor, useTotpStep } from '../db/totp-factors.ts'
import { signInWithPassword } from './password-sign-in.ts'
import { setPassword } from './passwords.ts'
import { updateSecurity } from './security.ts'
import { type NextStep, passSecondFactor } from './sign-in.ts'
import { enrolAtSignIn, viewEnrolment } from './sign-in-enrolment.ts'

let app: TestApp
let api: ControlPlane
beforeAll(async () => {
  app = await testApp()
  api = await serveControlPlane(app)
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})
beforeEach(() => app.db.deleteFrom('throttles').execute())

const somebody = () => newPerson(app)
const withApp = (person: { userId: string }) => addTotpApp(app, person)
const from = (ip: string) => visitOf(app, { ip })
const signIn = (
  email: string,
  { password = PASSWORD, ip = '192.0.2.1', device = null as string | null } = {},
) => signInWithPassword(from(ip), { email, password, returnTo: '/', device })
const cookie = (step: NextStep, name: string) =>
  readCookie(step.cookies.map((one) => one.split(';')[0]).join('; '), name) ?? ''
const read = (headers: Record<string, string>) => fetch(`${api.url}/api/v1/profile`, { headers })
const code = async (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error) => error.code,
  )

describe('with a password', () => {
  test('somebody gets a session, and a wrong one gets nothing', async () => {
    const { email } = await somebody()
    const passed = await signIn(email)
    const session = cookie(passed, SESSION_COOKIE)
    expect((await read({ cookie: `${SESSION_COOKIE}=${session}` })).status).toBe(200)
    expect(await code(signIn(email, { password: `${PASSWORD} ` }))).toBe('unauthenticated')
  })

  test('17: nobody and somebody are refused in the same words', async () => {
    const { email } = await somebody()
    const said = (email: string) => signIn(email, { password: 'x'.repeat(20) }).catch((error) => error)
    const [known, unknown] = [await said(email), await said('nobody@example.com')]
    expect([known.code, known.message]).toEqual([unknown.code, unknown.message])
  })

  test('17: all ways to write one address share one count of tries', async () => {
    const { email } = await somebody()
    const ways = [email, email.toUpperCase(), ` ${email} `, email.replace('p', 'ｐ'), `${email}\n`]
    for (const [index, way] of ways.entries()) {
      const ip = `198.51.100.${index}`
      expect(await code(signIn(way, { password: 'wrong, and long enough', ip }))).toBe('unauthenticated')
    }
    expect(await code(signIn(email, { ip: '198.51.100.99' }))).toBe('too_many_attempts')
  })

  test('18: what others guess keeps nobody out of a browser that they use', async () => {
    const { email } = await somebody()
    const device = cookie(await signIn(email), DEVICE_COOKIE)
    for (let guess = 0; guess < 8; guess++) {
      await code(signIn(email, { password: 'a guess of somebody else', ip: `203.0.113.${guess}` }))
    }
    expect(await code(signIn(email, { ip: '192.0.2.200' }))).toBe('too_many_attempts')
    expect(await code(signIn(email, { ip: '192.0.2.201', device }))).toBe('done')
    const other = await somebody()
    const theirs = cookie(await signIn(other.email, { ip: '192.0.2.202' }), DEVICE_COOKIE)
    expect(await code(signIn(email, { ip: '192.0.2.203', device: theirs }))).toBe('too_many_attempts')
  })

  test('19: a password of a megabyte is refused without hashing it', async () => {
    const { email } = await somebody()
    const started = performance.now()
    expect(await code(signIn(email, { password: 'x'.repeat(1_000_000) }))).toBe('unauthenticated')
    expect(performance.now() - started).toBeLessThan(1000)
  })

  test('a new password ends the other sessions, forgets browsers and voids what had begun', async () => {
    const person = await somebody()
    const first = await signIn(person.email)
    await withApp(person)
    const begun = cookie(await signIn(person.email), SIGN_IN_COOKIE)
    await setPassword(app.as(), person.userId, `${PASSWORD}, again`)
    expect((await read({ cookie: `${SESSION_COOKIE}=${cookie(first, SESSION_COOKIE)}` })).status).toBe(401)
    expect(await code(passSecondFactor(from('192.0.2.1'), begun, '000000'))).toBe('sign_in_required')
    const left = await app.db
      .selectFrom('knownDevices')
      .where('userId', '=', person.userId)
      .selectAll()
      .execute()
    expect(left).toEqual([])
  })

  test.each([
    ['short', 'fourteen chars'],
    ['one of the most common', 'passwordpassword'],
    ['a common one with ornaments', '!!1234password1234!!'],
    ['one letter', 'aaaaaaaaaaaaaaaaaaaa'],
    ['made of the organization', 'acmeacmeacmeacme1'],
    ['too long to hash', 'ä'.repeat(513)],
  ])('one that is %s is not taken', async (_, password) => {
    const { userId } = await somebody()
    await expect(setPassword(app.as(), userId, password)).rejects.toMatchObject({ code: 'invalid_request' })
  })
})

describe('with a second factor', () => {
  test('38, 39: the password alone opens nothing', async () => {
    const person = await somebody()
    await withApp(person)
    const step = await signIn(person.email)
    expect(step).toMatchObject({ step: 'factor', location: '/sign-in/factor' })
    expect(cookie(step, SESSION_COOKIE)).toBe('')
    const pending = cookie(step, SIGN_IN_COOKIE)
    for (const operation of operations.filter(({ permission }) => permission !== null)) {
      const path = `${api.url}/api${operation.path.replace(/\{\w+\}/g, 'key_01JD0000000000000000000000')}`
      const origin = new URL(app.config.url).origin
      for (const headers of [
        { authorization: `Bearer ${pending}` },
        { cookie: `${SIGN_IN_COOKIE}=${pending}`, origin },
        { cookie: `${SESSION_COOKIE}=${pending}`, origin },
      ]) {
        expect((await fetch(path, { method: operation.method, headers })).status, operation.name).toBe(401)
      }
    }
    expect(await code(enrolAtSignIn(from('192.0.2.1'), pending, '000000'))).toBe('sign_in_required')
  })

  test('36: of fifty who use one time step at once, one has it', async () => {
    const person = await somebody()
    await withApp(person)
    const factor = await findTotpFactor(app.db, person.userId)
    const step = Number(factor?.lastStep) + 1
    const used = await Promise.all(
      Array.from({ length: 50 }, () => useTotpStep(app.db, factor?.id ?? '', step)),
    )
    expect(used.filter(Boolean)).toHaveLength(1)
  })

  test('36: of several sign-ins that send the same code, one gets in, and none with an older code', async () => {
    const person = await somebody()
    const { secret } = await withApp(person)
    const pending: string[] = []
    for (let n = 0; n < 4; n++) pending.push(cookie(await signIn(person.email), SIGN_IN_COOKIE))
    const right = totpCode(secret)
    const tries = await Promise.all(
      pending.map((one) => code(passSecondFactor(from('192.0.2.1'), one, right))),
    )
    expect(tries.filter((one) => one === 'done')).toHaveLength(1)
    const { step } = await app.db
      .selectFrom('totpFactors')
      .select('lastStep as step')
      .where('userId', '=', person.userId)
      .executeTakeFirstOrThrow()
    const again = cookie(await signIn(person.email), SIGN_IN_COOKIE)
    expect(await code(passSecondFactor(from('192.0.2.1'), again, right))).toBe('invalid_request')
    expect(await code(passSecondFactor(from('192.0.2.1'), again, totpCode(secret, { stepsAhead: -1 })))).toBe(
      'invalid_request',
    )
    expect(step).toBeGreaterThan(0n)
  })

  test('37: of two hundred guesses at once few are looked at, whatever sign-in they come from', async () => {
    const person = await somebody()
    const { secret } = await withApp(person)
    const pending = cookie(await signIn(person.email), SIGN_IN_COOKIE)
    const guesses = Array.from({ length: 200 }, (_, n) => String(n).padStart(6, '0'))
    const began = performance.now()
    const answers = await Promise.all(
      guesses.map((guess) => code(passSecondFactor(from('192.0.2.1'), pending, guess))),
    )
    // Five at once; then one after a second, after two more, after four: a busy machine may need that long.
    const waited = Math.floor(Math.log2(1 + (performance.now() - began) / 1000))
    expect(answers.filter((one) => one === 'invalid_request').length).toBeLessThanOrEqual(5 + waited)
    // The last wait may be a second, which the next sign-in alone may take on a busy machine.
    await sql`update throttles set blocked_until = blocked_until + interval '1 minute'
              where key = ${`otp:user:${person.userId}`}`.execute(app.db)
    const other = cookie(await signIn(person.email, { ip: '192.0.2.77' }), SIGN_IN_COOKIE)
    expect(await code(passSecondFactor(from('192.0.2.77'), other, totpCode(secret)))).toBe(
      'too_many_attempts',
    )
  })

  test('40: a recovery code opens once, also of two at once, and new ones void the old', async () => {
    const person = await somebody()
    const { recoveryCodes } = await withApp(person)
    const [first = ''] = recoveryCodes
    const pending = [await signIn(person.email), await signIn(person.email)].map((one) =>
      cookie(one, SIGN_IN_COOKIE),
    )
    const tries = await Promise.all(
      pending.map((one) => code(passSecondFactor(from('192.0.2.1'), one, first.toUpperCase()))),
    )
    expect(tries.sort()).toEqual(['done', 'invalid_request'])
    const stored = await app.db.selectFrom('recoveryCodes').selectAll().execute()
    expect(JSON.stringify(stored)).not.toContain(first.replace('-', ''))
  })

  test('23: each step of signing in has a secret of its own', async () => {
    const person = await somebody()
    const { secret } = await withApp(person)
    const begun = await signIn(person.email)
    const pending = cookie(begun, SIGN_IN_COOKIE)
    const done = await passSecondFactor(from('192.0.2.1'), pending, totpCode(secret))
    expect(cookie(done, SESSION_COOKIE)).toMatch(/^cvg_ses_/)
    expect(done.cookies.join()).toContain(`${SIGN_IN_COOKIE}=; Path=/; Max-Age=0`)
    expect(
      await code(passSecondFactor(from('192.0.2.1'), pending, totpCode(secret, { stepsAhead: 1 }))),
    ).toBe('sign_in_required')
  })
})

describe('41: when the organization requires a second factor', () => {
  const require = (mfa: 'required' | 'optional', mfaRoles: string[] = []) =>
    updateSecurity(app.as(), { params: {}, query: {}, body: { mfa, mfaRoles } })

  test('sessions without one are refused at once, owners included, and who has none adds one to get in', async () => {
    const person = await somebody()
    const session = cookie(await signIn(person.email), SESSION_COOKIE)
    await require('required')
    const refused = await read({ cookie: `${SESSION_COOKIE}=${session}` })
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([403, 'mfa_required'])
    const step = await signIn(person.email)
    expect(step).toMatchObject({ step: 'enrol', location: '/sign-in/enrol' })
    const pending = cookie(step, SIGN_IN_COOKIE)
    const { app: offer, passkey } = await viewEnrolment(from('192.0.2.1'), pending)
    expect(passkey).toBe(false)
    const secret = offer?.secret ?? ''
    expect(await code(enrolAtSignIn(from('192.0.2.1'), pending, '000000'))).toBe('invalid_request')
    const done = await enrolAtSignIn(from('192.0.2.1'), pending, totpCode(secret))
    expect(done.recoveryCodes).toHaveLength(10)
    expect((await read({ cookie: `${SESSION_COOKIE}=${cookie(done, SESSION_COOKIE)}` })).status).toBe(200)
    await require('optional')
  })

  test('of some roles, others are not asked', async () => {
    const person = await somebody()
    const session = cookie(await signIn(person.email), SESSION_COOKIE)
    await require('required', ['owner'])
    expect((await read({ cookie: `${SESSION_COOKIE}=${session}` })).status).toBe(200)
    await require('optional')
  })
})

test('a session that was left alone has ended, and one whose person got a role gets a new secret', async () => {
  const person = await somebody()
  const session = cookie(await signIn(person.email), SESSION_COOKIE)
  const headers = { cookie: `${SESSION_COOKIE}=${session}` }
  const own = app.db.updateTable('sessions').where('userId', '=', person.userId)
  await own.set({ mustRotate: true }).execute()
  const answer = await read(headers)
  const next = readCookie(answer.headers.get('set-cookie')?.split(';')[0] ?? null, SESSION_COOKIE) ?? ''
  expect(next).toMatch(/^cvg_ses_/)
  expect(next).not.toBe(session)
  expect((await read(headers)).headers.get('set-cookie')).toBe(null)
  await own.set({ previousUntil: new Date(0) }).execute()
  expect((await read(headers)).status).toBe(401)
  const rotated = { cookie: `${SESSION_COOKIE}=${next}` }
  expect((await read(rotated)).status).toBe(200)
  await own.set({ lastSeenAt: new Date(Date.now() - 721 * 60_000) }).execute()
  expect((await read(rotated)).status).toBe(401)
})
