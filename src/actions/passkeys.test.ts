import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { type Lie, type SoftPasskey, softPasskey } from '../../test/authenticator.ts'
import { type ControlPlane, issueToken, serveControlPlane } from '../../test/control-plane.ts'
import { actorOf } from '../../test/step-up.ts'
import { totpCode } from '../../test/totp.ts'
import { type Ctx, visitOf } from '../app.ts'
import { PASSKEY_COOKIE, readCookie, SESSION_COOKIE, SIGN_IN_COOKIE } from '../cookies.ts'
import { insertConnection } from '../db/connections.ts'
import { transaction } from '../db/transaction.ts'
import { setUser } from '../db/users.ts'
import { newId } from '../ids.ts'
import { verifyCreated } from '../passkeys.ts'
import { audit } from './audit.ts'
import { askForAnyPasskey, signInWithPasskey } from './passkey-sign-in.ts'
import { createPasskey, listOwnPasskeys, removePasskey, startPasskey } from './passkeys.ts'
import { signInWithPassword } from './password-sign-in.ts'
import { setPassword } from './passwords.ts'
import { viewProfile } from './profile.ts'
import type { Proof } from './prove.ts'
import { updateSecurity } from './security.ts'
import { createSession } from './sessions.ts'
import { askInSignIn, type NextStep, passSecondFactor, viewFactors } from './sign-in.ts'
import { askToEnrol, enrolAtSignIn, enrolPasskeyAtSignIn, viewEnrolment } from './sign-in-enrolment.ts'
import { createStepUp, proveStepUp } from './step-up.ts'
import { confirmTotp, removeTotp, startTotp } from './totp.ts'
import { resetUser } from './user-reset.ts'
import { createUser } from './users.ts'

const ORIGIN = 'http://localhost:8484'
const PASSWORD = 'seven quiet herons by the weir'
const NOTHING = { params: {}, query: {}, body: undefined as never }

let app: TestApp
let api: ControlPlane
beforeAll(async () => {
  app = await testApp({ url: ORIGIN })
  api = await serveControlPlane(app)
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})
beforeEach(() => app.db.deleteFrom('throttles').execute())

let people = 0

type Person = { userId: string; email: string; ctx: Ctx }

/** Somebody with a password, in a session in which they have confirmed whatever comes. */
async function somebody(): Promise<Person> {
  people += 1
  const email = `person-${people}@example.com`
  const user = await createUser(app.as(), { params: {}, query: {}, body: { email, name: 'Ada' } })
  await setPassword(app.as(), user.id, PASSWORD)
  return { userId: user.id, email, ctx: await inSession(user.id) }
}

async function inSession(userId: string): Promise<Ctx> {
  const session = { userId, kind: 'cli', methods: ['pwd'], mfa: false } as const
  const { secret } = await createSession(visitOf(app), session)
  return app.as({ ...(await actorOf(app, secret)), stepUp: 'none' })
}

/** Adds a passkey of this person's. */
async function add({ ctx }: Person, passkey = softPasskey(ORIGIN), lie: Lie = {}) {
  const { options } = await startPasskey(ctx)
  const body = { name: 'Laptop', response: passkey.create(options, lie) }
  const added = await createPasskey(ctx, { ...NOTHING, body })
  return { passkey, id: added.passkey.id, recoveryCodes: added.recoveryCodes }
}

async function withPasskey() {
  const person = await somebody()
  return { ...person, ...(await add(person)) }
}

async function withApp({ ctx }: Person): Promise<{ secret: string }> {
  const { secret } = await startTotp(ctx)
  await confirmTotp(ctx, { ...NOTHING, body: { code: totpCode(secret, { stepsAhead: -1 }) } })
  return { secret }
}

const visit = () => visitOf(app, { ip: '192.0.2.1' })
const cookie = (step: NextStep, name: string) =>
  readCookie(step.cookies.map((one) => one.split(';')[0]).join('; '), name) ?? ''
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error) => error.code,
  )
const read = async (step: NextStep) => {
  const headers = { cookie: `${SESSION_COOKIE}=${cookie(step, SESSION_COOKIE)}` }
  return (await fetch(`${api.url}/api/v1/profile`, { headers })).status
}
const begin = async ({ email }: Person): Promise<NextStep> =>
  signInWithPassword(visit(), { email, password: PASSWORD, returnTo: '/', device: null })
const pendingOf = async (person: Person) => cookie(await begin(person), SIGN_IN_COOKIE)
const require = (mfa: 'required' | 'passkeys' | 'optional') =>
  updateSecurity(app.as(), { ...NOTHING, body: { mfa } })

describe('adding one', () => {
  test('takes a confirmation, brings recovery codes once, and counts as a second factor', async () => {
    const person = await somebody()
    const unconfirmed = app.as({ ...person.ctx.actor, stepUp: 'needed' })
    expect(await code(startPasskey(unconfirmed))).toBe('step_up_required')
    const first = await add(person)
    expect(first.recoveryCodes).toHaveLength(10)
    expect((await add(person)).recoveryCodes).toEqual([])
    expect((await listOwnPasskeys(person.ctx)).data.map(({ name }) => name)).toEqual(['Laptop', 'Laptop'])
    const { mfa, methods } = await app.db
      .selectFrom('sessions')
      .select(['mfa', 'methods'])
      .where('id', '=', person.ctx.actor.sessionId ?? '')
      .executeTakeFirstOrThrow()
    expect([mfa, methods]).toEqual([true, ['pwd', 'passkey']])
  })

  test.each<[string, Lie]>([
    ['made on another page', { origin: 'https://evil.example' }],
    ['made on another port', { origin: 'http://localhost:1' }],
    ['made for another host', { rpId: 'evil.example' }],
    ['that answers something else', { type: 'webauthn.get' }],
  ])('one %s is refused', async (_, lie) => {
    const person = await somebody()
    expect(await code(add(person, softPasskey(ORIGIN), lie))).toBe('invalid_request')
    expect((await listOwnPasskeys(person.ctx)).data).toEqual([])
  })

  test('each challenge is for one answer, in the session that asked, for five minutes', async () => {
    const person = await somebody()
    const { options } = await startPasskey(person.ctx)
    const response = softPasskey(ORIGIN).create(options)
    const send = (ctx: Ctx) => createPasskey(ctx, { ...NOTHING, body: { name: 'x', response } })
    expect(await code(send(await inSession(person.userId)))).toBe('invalid_request')
    expect(await code(send(person.ctx))).toBe('done')
    expect(await code(send(person.ctx))).toBe('invalid_request')
    const late = await startPasskey(person.ctx)
    await app.db
      .updateTable('passkeyChallenges')
      .set({ expiresAt: new Date(0) })
      .execute()
    const body = { name: 'x', response: softPasskey(ORIGIN).create(late.options) }
    expect(await code(createPasskey(person.ctx, { ...NOTHING, body }))).toBe('invalid_request')
  })

  test('a challenge is stored as a hash, and used up by an answer that was refused', async () => {
    const person = await somebody()
    const { options } = await startPasskey(person.ctx)
    const stored = JSON.stringify(await app.db.selectFrom('passkeyChallenges').selectAll().execute())
    expect(stored).not.toContain(options.challenge)
    const passkey = softPasskey(ORIGIN)
    const send = (lie: Lie) =>
      createPasskey(person.ctx, { ...NOTHING, body: { name: 'x', response: passkey.create(options, lie) } })
    expect(await code(send({ rpId: 'evil.example' }))).toBe('invalid_request')
    expect(await code(send({}))).toBe('invalid_request')
  })

  test('one with a certificate of its maker is refused before anything of it is looked at', async () => {
    const { options } = await startPasskey((await somebody()).ctx)
    const response = softPasskey(ORIGIN).create(options)
    const honest = Buffer.from(response.response.attestationObject, 'base64url').toString('hex')
    // {fmt: "packed", attStmt: {alg: -7, sig: h'00', x5c: [h'00']}, …}
    const packed = '667061636b65646761747453746d74a363616c672663736967410063783563814100'
    const lied = honest.replace('646e6f6e656761747453746d74a0', packed)
    response.response.attestationObject = Buffer.from(lied, 'hex').toString('base64url')
    const looked: string[] = []
    const takes = async (challenge: string) => looked.push(challenge) > 0
    const relyingParty = { id: 'localhost', origin: ORIGIN }
    expect([await verifyCreated(relyingParty, response, takes), looked]).toEqual([null, []])
    const plain = softPasskey(ORIGIN).create(options)
    expect(await verifyCreated(relyingParty, plain, takes)).not.toBe(null)
  })
})

describe('as the second factor', () => {
  const answer = async (person: Person, passkey: SoftPasskey, lie?: Lie, pending?: string) => {
    const secret = pending ?? (await pendingOf(person))
    return passSecondFactor(visit(), secret, passkey.get(await askInSignIn(visit(), secret), lie))
  }

  test('it is asked for after the password, and so is a recovery code', async () => {
    const person = await withPasskey()
    expect(await begin(person)).toMatchObject({ step: 'factor', location: '/sign-in/factor' })
    const pending = await pendingOf(person)
    expect(await viewFactors(visit(), pending)).toEqual({ passkey: true, otp: false, recovery: true })
    const done = await answer(person, person.passkey, { userVerified: false }, pending)
    expect([done.step, await read(done)]).toEqual(['done', 200])
    const [recovery = ''] = person.recoveryCodes
    const recovered = await passSecondFactor(visit(), await pendingOf(person), recovery)
    expect([recovered.step, await read(recovered)]).toEqual(['done', 200])
  })

  test.each<[string, (other: SoftPasskey) => Lie]>([
    ['given on another page', () => ({ origin: 'https://evil.example' })],
    ['given to another host', () => ({ rpId: 'evil.example' })],
    ['signed by another key', (other) => ({ key: other.key })],
    ['to the wrong question', () => ({ type: 'webauthn.create' })],
  ])('an answer %s is refused', async (_, lie) => {
    const person = await withPasskey()
    expect(await code(answer(person, person.passkey, lie(softPasskey(ORIGIN))))).toBe('invalid_request')
  })

  test('38: an answer is for one sign-in, and a passkey for its own person', async () => {
    const [person, other] = [await withPasskey(), await withPasskey()]
    const [one, two] = [await pendingOf(person), await pendingOf(person)]
    const response = person.passkey.get(await askInSignIn(visit(), one))
    expect(await code(passSecondFactor(visit(), two, response))).toBe('invalid_request')
    expect(await code(answer(person, other.passkey))).toBe('invalid_request')
    expect(await code(passSecondFactor(visit(), one, response))).toBe('done')
  })

  test('36: of one answer, sent fifty times at once, one is right', async () => {
    const person = await withPasskey()
    const pending = await pendingOf(person)
    const response = person.passkey.get(await askInSignIn(visit(), pending))
    const tries = Array.from({ length: 50 }, () => code(passSecondFactor(visit(), pending, response)))
    const said = await Promise.all(tries)
    expect(said.filter((one) => one === 'done')).toHaveLength(1)
  })

  test('39: a sign-in that waits for one adds none', async () => {
    const pending = await pendingOf(await withPasskey())
    expect(await code(askToEnrol(visit(), pending))).toBe('sign_in_required')
    expect(await code(viewEnrolment(visit(), pending))).toBe('sign_in_required')
  })

  test('one that counts backwards is refused, and a person and a finding say so', async () => {
    const person = await withPasskey()
    expect(await code(answer(person, person.passkey, { counter: 100 }))).toBe('done')
    expect(await code(answer(person, person.passkey, { counter: 100 }))).toBe('invalid_request')
    expect(await code(answer(person, person.passkey))).toBe('invalid_request')
    const findings = await app.db
      .selectFrom('findings')
      .select(['kind', 'severity', 'count'])
      .where('targetId', '=', person.id)
      .execute()
    expect(findings).toEqual([{ kind: 'passkey-copied', severity: 'high', count: 2 }])
    const told = app.db.selectFrom('notices').select('id').where('userId', '=', person.userId)
    expect(await told.where('kind', '=', 'passkey.refuse').execute()).toHaveLength(2)
    expect(await code(answer(person, person.passkey, { counter: 101 }))).toBe('done')
  })

  test('those that do not count are taken each time', async () => {
    const person = await somebody()
    const { passkey } = await add(person, softPasskey(ORIGIN), { counter: 0 })
    expect(await code(answer(person, passkey, { counter: 0 }))).toBe('done')
    expect(await code(answer(person, passkey, { counter: 0 }))).toBe('done')
  })
})

describe('alone', () => {
  const alone = async (passkey: SoftPasskey, lie?: Lie) => {
    const { options, cookie } = await askForAnyPasskey(visit())
    const browser = readCookie(cookie.split(';')[0] ?? null, PASSKEY_COOKIE)
    return signInWithPasskey(visit(), { response: passkey.get(options, lie), browser, returnTo: '/' })
  }

  test('it signs in without a name or a password, and is enough where two factors are required', async () => {
    const person = await withPasskey()
    await require('required')
    const done = await alone(person.passkey)
    expect([done.step, await read(done)]).toEqual(['done', 200])
    await require('optional')
  })

  test('not when it did not ask who is there', async () => {
    const person = await withPasskey()
    expect(await code(alone(person.passkey, { userVerified: false }))).toBe('invalid_request')
  })

  test('not when it says it is somebody else, or nobody', async () => {
    const [person, other] = [await withPasskey(), await withPasskey()]
    const handle = Buffer.from(other.userId).toString('base64url')
    expect(await code(alone(person.passkey, { userHandle: handle }))).toBe('invalid_request')
    expect(await code(alone(person.passkey, { userHandle: null }))).toBe('invalid_request')
    expect(await code(alone(softPasskey(ORIGIN)))).toBe('invalid_request')
  })

  test('23: an answer that was given in another browser signs nobody in', async () => {
    const person = await withPasskey()
    const { options } = await askForAnyPasskey(visit())
    const other = await askForAnyPasskey(visit())
    const browser = readCookie(other.cookie.split(';')[0] ?? null, PASSKEY_COOKIE)
    const response = person.passkey.get(options)
    const send = (browser: string | null) => signInWithPasskey(visit(), { response, browser, returnTo: '/' })
    expect(await code(send(browser))).toBe('invalid_request')
    expect(await code(send(null))).toBe('invalid_request')
  })

  test('not once its person has left', async () => {
    const person = await withPasskey()
    const left = { deactivatedAt: new Date() }
    await transaction(app.as(), async ({ db }) => {
      await db.updateTable('users').set(left).where('id', '=', person.userId).execute()
      await db
        .insertInto('auditEvents')
        .values({
          id: `evt_test${person.userId.slice(8)}`,
          actorKind: 'setup',
          actorId: 'test',
          action: 'x',
          targetId: 'x',
        })
        .execute()
    })
    expect(await code(alone(person.passkey))).toBe('invalid_request')
  })
})

describe('42: confirming with one', () => {
  const REQUEST = { operation: 'tokenCreate', requestHash: 'x'.repeat(43) }

  test('confirms the one request that it was asked for, once', async () => {
    const person = await withPasskey()
    const ask = () => createStepUp(person.ctx, { ...NOTHING, body: REQUEST })
    const [one, two] = [await ask(), await ask()]
    expect(one.methods).toEqual(['passkey', 'recovery'])
    const passkey = person.passkey.get(one.passkeyOptions ?? {})
    const confirm = (stepUpId: string) =>
      code(proveStepUp(person.ctx, { params: { stepUpId }, query: {}, body: { passkey } }))
    expect(await confirm(two.id)).toBe('invalid_request')
    expect(await confirm(one.id)).toBe('done')
    expect(await confirm(one.id)).toBe('invalid_request')
  })

  test('who has one confirms with it or a recovery code, and no more with the password', async () => {
    const person = await withPasskey()
    const ask = () => createStepUp(person.ctx, { ...NOTHING, body: REQUEST })
    const confirm = (stepUpId: string, body: Proof) =>
      code(proveStepUp(person.ctx, { params: { stepUpId }, query: {}, body }))
    const { id } = await ask()
    expect(await confirm(id, { password: PASSWORD })).toBe('invalid_request')
    expect(await confirm(id, { code: person.recoveryCodes[0] ?? '' })).toBe('done')
    const { id: other, passkeyOptions } = await ask()
    expect(await confirm(other, { passkey: person.passkey.get(passkeyOptions ?? {}) })).toBe('done')
  })

  test('an answer that was given to sign in confirms nothing', async () => {
    const person = await withPasskey()
    const pending = await pendingOf(person)
    const passkey = person.passkey.get(await askInSignIn(visit(), pending))
    const { id: stepUpId } = await createStepUp(person.ctx, { ...NOTHING, body: REQUEST })
    const confirm = proveStepUp(person.ctx, { params: { stepUpId }, query: {}, body: { passkey } })
    expect(await code(confirm)).toBe('invalid_request')
  })
})

describe('41: when the organization takes only passkeys', () => {
  const sessionOf = async (methods: string[], userId: string) => {
    const session = { userId, kind: 'browser', mfa: true, methods } as const
    const { secret } = await createSession(visitOf(app), session)
    const headers = { cookie: `${SESSION_COOKIE}=${secret}` }
    return (await fetch(`${api.url}/api/v1/profile`, { headers })).status
  }

  test('sessions with anything less are refused at once', async () => {
    const { userId } = await withPasskey()
    await require('passkeys')
    expect(await sessionOf(['pwd', 'otp'], userId)).toBe(403)
    expect(await sessionOf(['sso'], userId)).toBe(403)
    expect(await sessionOf(['pwd', 'passkey'], userId)).toBe(200)
    expect(await sessionOf(['pwd', 'recovery'], userId)).toBe(200)
    await require('optional')
  })

  test('who has nothing adds one to get in, and no app, though they had begun to add it', async () => {
    const person = await somebody()
    const { secret } = await startTotp(person.ctx)
    await require('passkeys')
    const pending = await pendingOf(person)
    expect(await viewEnrolment(visit(), pending)).toEqual({ app: null, passkey: true })
    expect(await code(enrolAtSignIn(visit(), pending, totpCode(secret)))).toBe('conflict')
    const response = softPasskey(ORIGIN).create(await askToEnrol(visit(), pending))
    const done = await enrolPasskeyAtSignIn(visit(), pending, { name: 'Phone', response })
    expect([done.step, done.recoveryCodes.length, await read(done)]).toEqual(['done', 10, 200])
    await require('optional')
  })

  test('39: of two who began with the same password, the second adds nothing once the first did', async () => {
    const person = await somebody()
    await require('passkeys')
    const [one, two] = [await pendingOf(person), await pendingOf(person)]
    const made = async (pending: string) => ({
      name: 'Phone',
      response: softPasskey(ORIGIN).create(await askToEnrol(visit(), pending)),
    })
    const [first, second] = [await made(one), await made(two)]
    const said = await Promise.all([
      code(enrolPasskeyAtSignIn(visit(), one, first)),
      code(enrolPasskeyAtSignIn(visit(), two, second)),
    ])
    expect(said.sort()).toEqual(['done', 'sign_in_required'])
    expect(await code(askToEnrol(visit(), two))).toBe('sign_in_required')
    await require('optional')
  })

  test('who has an app shows its code and then adds one; from then on the code is not taken', async () => {
    const person = await somebody()
    const { secret } = await withApp(person)
    await require('passkeys')
    const pending = await pendingOf(person)
    expect(await code(askToEnrol(visit(), pending))).toBe('sign_in_required')
    const next = await passSecondFactor(visit(), pending, totpCode(secret))
    expect(next).toMatchObject({ step: 'enrol', location: '/sign-in/enrol' })
    expect(await read(next)).toBe(401)
    const passkey = softPasskey(ORIGIN)
    const response = passkey.create(await askToEnrol(visit(), pending))
    const done = await enrolPasskeyAtSignIn(visit(), pending, { name: 'Phone', response })
    expect([done.step, done.recoveryCodes, await read(done)]).toEqual(['done', [], 200])

    const again = await pendingOf(person)
    const later = totpCode(secret, { stepsAhead: 1 })
    expect(await code(passSecondFactor(visit(), again, later))).toBe('invalid_request')
    const used = await passSecondFactor(visit(), again, passkey.get(await askInSignIn(visit(), again)))
    expect([used.step, await read(used)]).toEqual(['done', 200])
    await require('optional')
  })

  test('a recovery code gets somebody in whose passkey is gone', async () => {
    const person = await withPasskey()
    await require('passkeys')
    const done = await passSecondFactor(visit(), await pendingOf(person), person.recoveryCodes[1] ?? '')
    expect([done.step, await read(done)]).toEqual(['done', 200])
    await require('optional')
  })

  test('not where browsers have none', async () => {
    await using other = await testApp()
    const body = { mfa: 'passkeys' } as const
    expect(await code(updateSecurity(other.as(), { ...NOTHING, body }))).toBe('conflict')
  })
})

describe('removing one', () => {
  const remove = (person: Person, passkeyId: string) =>
    code(removePasskey(person.ctx, { ...NOTHING, params: { passkeyId } }))

  test('not the last way in while a connection is enforced', async () => {
    const { userId } = await issueToken(app, { role: 'owner' })
    const owner = { userId, email: '', ctx: await inSession(userId) }
    const { id } = await add(owner)
    await transaction(app.as(), async (ctx) => {
      await setUser(ctx.db, userId, { breakGlass: true })
      const about = { id: newId('con'), name: 'Okta', issuer: 'https://okta.example', clientId: 'claviger' }
      const open = { scopes: ['openid'], mfaValues: [], enabled: true, enforced: true, testedAt: new Date() }
      await insertConnection(ctx.db, { ...about, ...open })
      await audit(ctx, { action: 'test.prepare', targetId: userId })
    })
    expect(await remove(owner, id)).toBe('conflict')
    const { id: other } = await add(owner)
    expect(await remove(owner, other)).toBe('done')
    await transaction(app.as(), async (ctx) => {
      await ctx.db.updateTable('connections').set({ enforced: false }).execute()
      await audit(ctx, { action: 'test.prepare', targetId: userId })
    })
    expect(await remove(owner, id)).toBe('done')
  })

  test('takes a confirmation, and ends what it opened', async () => {
    const person = await withPasskey()
    const unconfirmed = app.as({ ...person.ctx.actor, stepUp: 'needed' })
    const params = { passkeyId: person.id }
    expect(await code(removePasskey(unconfirmed, { ...NOTHING, params }))).toBe('step_up_required')
    expect(await remove(await withPasskey(), person.id)).toBe('not_found')
    expect(await remove(person, person.id)).toBe('done')
    expect(await begin(person)).toMatchObject({ step: 'done' })
    const codes = app.db.selectFrom('recoveryCodes').select('hash').where('userId', '=', person.userId)
    expect(await codes.execute()).toEqual([])
  })

  test('the last factor stays while one is required, an app does for a passkey, and nothing for one', async () => {
    const person = await withPasskey()
    /** What the profile says before somebody tries. */
    const said = async () => {
      const { passkeyDelete, totpDelete } = (await viewProfile(person.ctx)).can
      return [passkeyDelete, totpDelete].map((can) => can === true)
    }
    await require('required')
    expect(await said()).toEqual([false, true])
    expect(await remove(person, person.id)).toBe('conflict')
    await withApp(person)
    expect(await said()).toEqual([true, true])
    await require('passkeys')
    expect(await said()).toEqual([false, true])
    expect(await remove(person, person.id)).toBe('conflict')
    expect(await code(removeTotp(person.ctx))).toBe('done')
    await require('optional')
    await withApp(person)
    await require('required')
    expect(await remove(person, person.id)).toBe('done')
    expect((await viewProfile(person.ctx)).can.totpDelete).toMatchObject({
      reason: expect.stringContaining('your only one'),
    })
    expect(await code(removeTotp(person.ctx))).toBe('conflict')
    await require('optional')
  })

  test('of the last two, removed at once, one stays while one is required', async () => {
    const person = await withPasskey()
    const second = await add(person)
    await require('required')
    const said = await Promise.all([remove(person, person.id), remove(person, second.id)])
    expect(said.sort()).toEqual(['conflict', 'done'])
    await require('optional')
  })

  test('an admin who resets the second factor takes them all', async () => {
    const person = await withPasskey()
    const owner = app.as(await actorOf(app, api.owner))
    await resetUser(owner, {
      params: { userId: person.userId },
      query: {},
      body: { password: false, mfa: true },
    })
    expect(await begin(person)).toMatchObject({ step: 'done' })
  })
})
