import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { issueToken } from '../../test/control-plane.ts'
import { actorOf } from '../../test/step-up.ts'
import { type Ctx, visitOf } from '../app.ts'
import { insertInvitation } from '../db/invitations.ts'
import { transaction } from '../db/transaction.ts'
import { findUser } from '../db/users.ts'
import { newId } from '../ids.ts'
import { acceptWithPassword } from './accept-invitation.ts'
import { audit } from './audit.ts'
import {
  changeEmail,
  confirmEmailChange,
  openEmailChange,
  openStop,
  stopEmailChange,
} from './email-change.ts'
import { noticeSeal } from './notices.ts'
import { openReset, sendReset } from './password-reset.ts'
import { setPassword } from './passwords.ts'
import { createSession, newSecret } from './sessions.ts'
import { createUser, updateUser } from './users.ts'

const PASSWORD = 'seven quiet herons by the weir'
const MAIL = { smtpUrl: 'smtp://127.0.0.1:9', from: 'claviger@example.com' }

let app: TestApp
beforeAll(async () => {
  app = await testApp({ mail: MAIL })
})
afterAll(() => app[Symbol.asyncDispose]())
beforeEach(() => app.db.deleteFrom('throttles').execute())

let people = 0
const anAddress = () => {
  people += 1
  return `person-${people}@example.com`
}

type Person = { userId: string; email: string; ctx: Ctx }

async function somebody(): Promise<Person> {
  const email = anAddress()
  const user = await createUser(app.as(), { params: {}, query: {}, body: { email, name: 'Ada' } })
  await setPassword(app.as(), user.id, PASSWORD)
  return { userId: user.id, email, ctx: await inSession(user.id) }
}

/** A session of this person, in which they have confirmed whatever comes. */
async function inSession(userId: string): Promise<Ctx> {
  const session = { userId, kind: 'cli', methods: ['pwd'], mfa: false } as const
  const { secret } = await createSession(visitOf(app), session)
  return app.as({ ...(await actorOf(app, secret)), stepUp: 'none' })
}

const ask = ({ ctx }: Person, email: string) => changeEmail(ctx, { params: {}, query: {}, body: { email } })

/** What was sent to an address last, and the secret in its link. */
async function mailTo(email: string): Promise<{ text: string; link: string; token: string }> {
  const row = await app.db
    .selectFrom('notices')
    .selectAll()
    .where('email', '=', email)
    .orderBy('id', 'desc')
    .executeTakeFirst()
  if (!row?.sealedDataKey || !row.sealedSecret) throw new Error(`nothing was sent to ${email}`)
  const { sealedDataKey, sealedSecret, id } = row
  const { text, link = '' } = JSON.parse(app.keyring.open({ sealedDataKey, sealedSecret }, noticeSeal(id)))
  return { text, link, token: link.split('/').at(-1) }
}

/** Asks for it: what the two links hold. */
async function asked(person: Person, email = anAddress()) {
  await ask(person, email)
  return { email, link: (await mailTo(email)).token, stop: (await mailTo(person.email)).token }
}

/** Asks for it, opens the link, and is there. */
async function moved(person: Person, email = anAddress()) {
  const links = await asked(person, email)
  await confirmEmailChange(person.ctx, links.link)
  return links
}

const addressOf = async ({ userId }: Person) => (await findUser(app.db, userId))?.email
const living = async ({ userId }: Person) =>
  (
    await app.db
      .selectFrom('sessions')
      .select('id')
      .where('userId', '=', userId)
      .where('endedAt', 'is', null)
      .execute()
  ).length
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error) => error.code,
  )

describe('42, 44: changing an address', () => {
  test('takes a confirmation, and nothing changes before the link is opened', async () => {
    const person = await somebody()
    const unconfirmed = { ...person, ctx: app.as({ ...person.ctx.actor, stepUp: 'needed' as const }) }
    expect(await code(ask(unconfirmed, anAddress()))).toBe('step_up_required')
    const { email, link } = await asked(person)
    expect(await addressOf(person)).toBe(person.email)
    expect((await openEmailChange(person.ctx, link)).newEmail).toBe(email)
    expect(await addressOf(person)).toBe(person.email)
    await confirmEmailChange(person.ctx, link)
    expect(await addressOf(person)).toBe(email)
  })

  test('the link does nothing for somebody else, twice, late, or once another was asked for', async () => {
    const [person, other] = [await somebody(), await somebody()]
    const first = await asked(person)
    expect(await code(confirmEmailChange(other.ctx, first.link))).toBe('not_found')
    const second = await asked(person)
    expect(await code(confirmEmailChange(person.ctx, first.link))).toBe('not_found')
    expect(await code(confirmEmailChange(person.ctx, second.stop))).toBe('not_found')
    await transaction(app.as(), async (ctx) => {
      await ctx.db
        .updateTable('emailChanges')
        .set({ expiresAt: new Date(0) })
        .execute()
      await audit(ctx, { action: 'test.prepare', targetId: 'x' })
    })
    expect(await code(confirmEmailChange(person.ctx, second.link))).toBe('not_found')
    const third = await asked(person)
    // Connections that are open already: the tries begin at once.
    await Promise.all(Array.from({ length: 10 }, () => addressOf(person)))
    const tries = Array.from({ length: 10 }, () => code(confirmEmailChange(person.ctx, third.link)))
    expect((await Promise.all(tries)).filter((one) => one === 'done')).toHaveLength(1)
  })

  test('the old address is told at once, by its name, and again when it is done', async () => {
    const person = await somebody()
    const { email, link } = await asked(person)
    expect((await mailTo(person.email)).text).toContain(`sign in to Claviger with ${email}`)
    await confirmEmailChange(person.ctx, link)
    const done = await mailTo(person.email)
    expect([done.text.includes('from now on'), done.token]).toEqual([true, ''])
  })

  test('other sessions end, this one goes on', async () => {
    const person = await somebody()
    await inSession(person.userId)
    await inSession(person.userId)
    await moved(person)
    const row = app.db.selectFrom('sessions').select('id').where('userId', '=', person.userId)
    expect(await row.where('endedAt', 'is', null).execute()).toEqual([{ id: person.ctx.actor.sessionId }])
  })

  test('what was sent to the old address opens nothing any more', async () => {
    const person = await somebody()
    const reset = (
      await transaction(person.ctx, (ctx) => sendReset(ctx, { id: person.userId, email: person.email }))
    )
      .split('/')
      .at(-1) as string
    const invitation = newSecret('inv')
    const inviter = await issueToken(app, { role: 'owner' })
    await transaction(app.as(), async (ctx) => {
      const hash = app.keyring.hashSecret(invitation)
      await insertInvitation(
        ctx.db,
        { id: newId('inv'), email: person.email, hash, invitedBy: inviter.userId },
        [{ roleId: 'developer', teamId: null, projectId: null, production: false, expiresAt: null }],
      )
      await audit(ctx, { action: 'test.prepare', targetId: 'x' })
    })
    await openReset(visitOf(app), reset)
    await moved(person)
    expect(await code(openReset(visitOf(app), reset))).toBe('not_found')
    const accepted = { token: invitation, name: 'Eve', password: PASSWORD }
    expect(await code(acceptWithPassword(visitOf(app), accepted))).toBe('not_found')
  })

  test('17: whether somebody has an address is told only to who reads its mail', async () => {
    const [person, other] = [await somebody(), await somebody()]
    expect(await code(ask(person, other.email))).toBe('done')
    const link = (await mailTo(other.email)).token
    expect(await code(confirmEmailChange(person.ctx, link))).toBe('conflict')
    expect([await addressOf(person), await addressOf(other)]).toEqual([person.email, other.email])
  })

  test('43: links lead to the configured address, and none is made where no mail is sent', async () => {
    const person = await somebody()
    expect(
      await code(
        changeEmail(
          { ...person.ctx, config: { ...app.config, mail: null } },
          { params: {}, query: {}, body: { email: anAddress() } },
        ),
      ),
    ).toBe('conflict')
    const email = anAddress()
    await ask(person, email)
    const { origin } = new URL(app.config.url)
    expect((await mailTo(email)).link).toMatch(`${origin}/email/cvg_emc_`)
    expect((await mailTo(person.email)).link).toMatch(`${origin}/email/stop/cvg_ems_`)
    const stored = await app.db.selectFrom('emailChanges').selectAll().execute()
    expect(JSON.stringify(stored)).not.toMatch(/cvg_em/)
  })

  test('not as often as somebody likes', async () => {
    const person = await somebody()
    for (let time = 0; time < 5; time++) await code(ask(person, anAddress()))
    expect(await code(ask(person, anAddress()))).toBe('too_many_attempts')
  })
})

describe('44: whoever reads mail at the old address', () => {
  test('stops a change that was not made yet', async () => {
    const person = await somebody()
    const { link, stop } = await asked(person)
    await stopEmailChange(visitOf(app), stop)
    const told = app.db.selectFrom('auditEvents').where('targetId', '=', person.userId).select('action')
    expect((await told.execute()).map(({ action }) => action)).toContain('email.stop')
    expect(await code(confirmEmailChange(person.ctx, link))).toBe('not_found')
    expect([await addressOf(person), await living(person)]).toEqual([person.email, 0])
  })

  test('takes one back that was made, ends every session, and gets a link to a new password', async () => {
    const person = await somebody()
    const { stop } = await moved(person)
    expect((await openStop(visitOf(app), stop)).oldEmail).toBe(person.email)
    await stopEmailChange(visitOf(app), stop)
    expect([await addressOf(person), await living(person)]).toEqual([person.email, 0])
    const reset = await app.db
      .selectFrom('emailTokens')
      .select('email')
      .where('userId', '=', person.userId)
      .where('usedAt', 'is', null)
      .execute()
    expect(reset).toEqual([{ email: person.email }])
    const finding = app.db.selectFrom('findings').select(['kind', 'severity'])
    expect(await finding.where('targetId', '=', person.userId).execute()).toEqual([
      { kind: 'email-change-stopped', severity: 'high' },
    ])
    expect(await code(stopEmailChange(visitOf(app), stop))).toBe('not_found')
  })

  test('takes back all that came after it, and who came after takes back nothing', async () => {
    const person = await somebody()
    const first = await moved(person)
    const second = await moved({ ...person, email: first.email })
    await stopEmailChange(visitOf(app), first.stop)
    expect(await addressOf(person)).toBe(person.email)
    expect(await code(stopEmailChange(visitOf(app), second.stop))).toBe('not_found')
  })

  test('can do it for seven days', async () => {
    const person = await somebody()
    const { stop } = await moved(person)
    const row = await openStop(visitOf(app), stop)
    const days = (row.stoppableUntil.getTime() - row.createdAt.getTime()) / 86_400_000
    expect(days).toBe(7)
    await transaction(app.as(), async (ctx) => {
      await ctx.db
        .updateTable('emailChanges')
        .set({ stoppableUntil: new Date(0) })
        .execute()
      await audit(ctx, { action: 'test.prepare', targetId: 'x' })
    })
    expect(await code(stopEmailChange(visitOf(app), stop))).toBe('not_found')
  })
})

describe('73: an admin', () => {
  const set = async (role: string, userId: string) => {
    const admin = app.as(await actorOf(app, (await issueToken(app, { role })).secret))
    return code(updateUser(admin, { params: { userId }, query: {}, body: { email: anAddress() } }))
  }

  test('never moves the address of somebody who signs in here, whatever they hold', async () => {
    const person = await somebody()
    expect([await set('admin', person.userId), await set('owner', person.userId)]).toEqual([
      'forbidden',
      'forbidden',
    ])
    expect(await addressOf(person)).toBe(person.email)
  })

  test('sets that of somebody without a password when they stand above them', async () => {
    const { userId } = await issueToken(app, { role: 'admin' })
    expect([await set('admin', userId), await set('owner', userId)]).toEqual(['forbidden', 'done'])
  })
})
