import { afterAll, beforeAll, expect, test } from 'vitest'
import { issueToken, operationNamed } from '../../test/control-plane.ts'
import { addTotpApp, newPerson, PASSWORD as OLD } from '../../test/people.ts'
import { createWorld, type World } from '../../test/world.ts'
import { visitOf } from '../app.ts'
import { transaction } from '../db/transaction.ts'
import { setUser } from '../db/users.ts'
import { audit } from './audit.ts'
import { requestReset, resetPassword, sendReset } from './password-reset.ts'
import { signInWithPassword } from './password-sign-in.ts'
import { setPassword } from './passwords.ts'

const NEW = 'eight loud herons over the weir'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world?.[Symbol.asyncDispose]())

async function somebody() {
  const { userId: id, email } = await newPerson(world.app)
  return { id, email }
}
const tokenOf = (link: string) => link.replace(/^.*\/reset\//, '')
const link = async (user: { id: string; email: string }) => tokenOf(await sendReset(world.app.as(), user))
const visit = () => visitOf(world.app)
const signIn = (email: string, password: string) =>
  signInWithPassword(visit(), { email, password, returnTo: '/', device: null })
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error) => error.code,
  )
const reset = (token: string, userId: string, body: object) =>
  world.api.send(operationNamed('userReset'), { params: { userId }, body }, { token })

test('43: a link chooses a password once, ends sessions, and leads to where this installation is', async () => {
  const user = await somebody()
  await signIn(user.email, OLD)
  const token = await link(user)
  const tries = await Promise.all([1, 2, 3].map(() => refusal(resetPassword(visit(), token, NEW))))
  expect(tries.sort()).toEqual(['done', 'not_found', 'not_found'])
  expect(await refusal(signIn(user.email, OLD))).toBe('unauthenticated')
  expect(await refusal(signIn(user.email, NEW))).toBe('done')
  const living = world.app.db.selectFrom('sessions').selectAll().where('userId', '=', user.id)
  expect(await living.where('endedAt', 'is', null).execute()).toHaveLength(1)
  expect(await sendReset(world.app.as(), user)).toMatch(new RegExp(`^${world.app.config.url}/reset/cvg_rst_`))
})

test('18: who is kept out by others’ guesses gets in with a link, in that browser', async () => {
  const user = await somebody()
  for (let guess = 0; guess < 8; guess++) await refusal(signIn(user.email, 'a guess of somebody else'))
  const cookie = await resetPassword(visit(), await link(user), NEW)
  const device = /=([^;]+)/.exec(cookie)?.[1] ?? ''
  const from = (ip: string) => ({ ...visit(), ip })
  const typed = { email: user.email, password: NEW, returnTo: '/' }
  expect(await refusal(signInWithPassword(from('192.0.2.7'), { ...typed, device: null }))).toBe(
    'too_many_attempts',
  )
  expect(await refusal(signInWithPassword(from('192.0.2.7'), { ...typed, device }))).toBe('done')
  await world.app.db.deleteFrom('throttles').execute()
})

test('43: whoever changed the password otherwise meant it: a link from before opens nothing', async () => {
  const user = await somebody()
  const token = await link(user)
  await setPassword(world.app.as(), user.id, NEW)
  expect(await refusal(resetPassword(visit(), token, OLD))).toBe('not_found')
})

test('43: it does not stand in for the second factor', async () => {
  const user = await somebody()
  await addTotpApp(world.app, { userId: user.id })
  await resetPassword(visit(), await link(user), NEW)
  expect(await signIn(user.email, NEW)).toMatchObject({ step: 'factor' })
})

test('43: it is dead when there is a newer one, when it is late, and when the address is another', async () => {
  const user = await somebody()
  const [first, second] = [await link(user), await link(user)]
  expect(await refusal(resetPassword(visit(), first, NEW))).toBe('not_found')
  const tokens = world.app.db.updateTable('emailTokens').where('userId', '=', user.id)
  await tokens.set({ expiresAt: new Date(0) }).execute()
  expect(await refusal(resetPassword(visit(), second, NEW))).toBe('not_found')
  const third = await link(user)
  await transaction(world.app.as(), async (ctx) => {
    await setUser(ctx.db, user.id, { email: `${world.name()}@example.com` })
    await audit(ctx, { action: 'test.prepare', targetId: user.id })
  })
  expect(await refusal(resetPassword(visit(), third, NEW))).toBe('not_found')
})

test('17: asking says nothing of whether there is somebody, and a link is made for who there is', async () => {
  const user = await somebody()
  const ask = async (email: string) => (await requestReset(visit(), email)).done
  expect(await ask('nobody@example.com')).toBe(undefined)
  expect(await ask(user.email.toUpperCase())).toBe(undefined)
  const made = await world.app.db
    .selectFrom('emailTokens')
    .select('userId')
    .where('usedAt', 'is', null)
    .execute()
  expect(made.filter(({ userId }) => userId === user.id)).toHaveLength(1)
  for (let n = 0; n < 5; n++) await refusal(ask(user.email))
  expect(await refusal(ask(user.email))).toBe('too_many_attempts')
})

test('an owner with nothing but a token makes a first password, once', async () => {
  await using world = await createWorld()
  const { app, api, ids, tokens } = world
  const ask = (token: string, userId: string) =>
    api.send(operationNamed('userReset'), { params: { userId }, body: { password: true } }, { token })
  const owner = await app.db
    .selectFrom('users')
    .select(['id', 'email'])
    .where('email', '=', 'owner@example.com')
    .executeTakeFirstOrThrow()
  const narrowed = await world.make('tokenCreate', {
    body: { name: 'less', userId: owner.id, role: 'admin', teamId: ids.team },
  })
  expect((await ask(narrowed.secret, owner.id)).status).toBe(403)
  const admin = await issueToken(app, { role: 'admin' })
  expect((await ask(admin.secret, admin.userId)).status).toBe(403)
  const { status, body } = await ask(tokens.owner, owner.id)
  expect(status).toBe(200)
  await resetPassword(visitOf(app), tokenOf(body.link), NEW)
  const typed = { email: owner.email, password: NEW, returnTo: '/', device: null }
  expect(await signInWithPassword(visitOf(app), typed)).toMatchObject({ step: 'done' })
  expect((await ask(tokens.owner, owner.id)).status).toBe(403)
})

test('73: only who stands above somebody resets how they sign in, or moves their address', async () => {
  const admin = await issueToken(world.app, { role: 'admin' })
  const owner = await world.app.db
    .selectFrom('users')
    .selectAll()
    .where('email', '=', 'owner@example.com')
    .executeTakeFirstOrThrow()
  const { userId: another } = await issueToken(world.app, { role: 'owner' })
  await setPassword(world.app.as(), another, OLD)
  const answers = [
    await reset(world.tokens.admin, admin.userId, { password: true }),
    await reset(world.tokens.admin, owner.id, { mfa: true }),
    await reset(world.tokens.owner, owner.id, { password: true }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403])
  const moved = await world.api.send(
    operationNamed('userUpdate'),
    { params: { userId: admin.userId }, body: { email: `${world.name()}@example.com` } },
    { token: world.tokens.admin },
  )
  expect(moved.status).toBe(403)
  const unconfirmed = await world.api.send(
    operationNamed('userUpdate'),
    { params: { userId: admin.userId }, body: { email: `${world.name()}@example.com` } },
    { token: world.tokens.person },
  )
  expect(unconfirmed.body.code).toBe('step_up_required')
  const { status, body } = await reset(world.tokens.owner, admin.userId, { password: true, mfa: true })
  expect([status, tokenOf(body.link)]).toEqual([200, expect.stringMatching(/^cvg_rst_/)])
})
