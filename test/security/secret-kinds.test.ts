import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readInvitation } from '../../src/actions/accept-invitation.ts'
import { audit } from '../../src/actions/audit.ts'
import { openEmailChange, openStop } from '../../src/actions/email-change.ts'
import { openReset } from '../../src/actions/password-reset.ts'
import { createSession } from '../../src/actions/sessions.ts'
import { underWay } from '../../src/actions/sign-in.ts'
import { type Ctx, visitOf } from '../../src/app.ts'
import { authenticate } from '../../src/auth/authenticate.ts'
import { SESSION_COOKIE } from '../../src/cookies.ts'
import { insertEmailChange } from '../../src/db/email-changes.ts'
import { insertEmailToken } from '../../src/db/email-tokens.ts'
import { insertInvitation } from '../../src/db/invitations.ts'
import { insertSignIn } from '../../src/db/sign-ins.ts'
import { transaction } from '../../src/db/transaction.ts'
import { formatSecret, SECRET_KINDS, type SecretKind } from '../../src/domain/key-format.ts'
import { newId } from '../../src/ids.ts'
import { type TestApp, testApp } from '../app.ts'
import { issueToken } from '../control-plane.ts'

let app: TestApp
let person: Ctx
beforeAll(async () => {
  app = await testApp()
  const { userId, id } = await issueToken(app, { role: 'owner' })
  const session = { userId, kind: 'browser', methods: ['pwd'], mfa: true } as const
  const { sessionId } = await createSession(visitOf(app), session)
  person = app.as({ ...app.as().actor, kind: 'session', userId, sessionId })
  const email = (await app.db.selectFrom('users').select('email').where('id', '=', userId).executeTakeFirst())
    ?.email as string
  await transaction(app.as(), async (ctx) => {
    const hash = 'none'
    await insertSignIn(ctx.db, {
      id: newId('sgn'),
      hash,
      userId,
      methods: [],
      needs: 'factor',
      returnTo: '/',
    })
    await insertEmailToken(ctx.db, { id: newId('emt'), hash, userId, email })
    const role = { roleId: 'developer', teamId: null, projectId: null, production: false, expiresAt: null }
    const about = { id: newId('inv'), email: 'ada@example.com' }
    await insertInvitation(ctx.db, { ...about, hash, invitedBy: userId }, [role])
    const change = { id: newId('emc'), userId, oldEmail: email, newEmail: 'new@example.com' }
    await insertEmailChange(ctx.db, { ...change, hash, stopHash: hash })
    await audit(ctx, { action: 'test.prepare', targetId: id })
  })
})
afterAll(() => app?.[Symbol.asyncDispose]())

type Table = 'apiTokens' | 'sessions' | 'signIns' | 'invitations' | 'emailTokens' | 'emailChanges'

const presented = {
  authorization: null,
  cookie: null,
  method: 'GET',
  origin: null,
  fetchSite: null,
  ip: null,
}
const bearer = (secret: string) => authenticate(app, { ...presented, authorization: `Bearer ${secret}` })

/** Where a secret is presented, of which kind it must be, and where its hash is kept. */
const PLACES: [string, SecretKind, Table, 'hash' | 'stopHash', (secret: string) => Promise<unknown>][] = [
  ['as an API token', 'tok', 'apiTokens', 'hash', bearer],
  ["as the command line's access token", 'acc', 'sessions', 'hash', bearer],
  [
    "as a session's cookie",
    'ses',
    'sessions',
    'hash',
    (secret) => authenticate(app, { ...presented, cookie: `${SESSION_COOKIE}=${secret}` }),
  ],
  ['as a sign-in under way', 'sgn', 'signIns', 'hash', (secret) => underWay(visitOf(app), secret, 'factor')],
  ['in an invitation', 'inv', 'invitations', 'hash', (secret) => readInvitation(visitOf(app), secret)],
  ['in a reset of a password', 'rst', 'emailTokens', 'hash', (secret) => openReset(visitOf(app), secret)],
  ['in a change of an address', 'emc', 'emailChanges', 'hash', (secret) => openEmailChange(person, secret)],
  ['in stopping one', 'ems', 'emailChanges', 'stopHash', (secret) => openStop(visitOf(app), secret)],
]

test.each(PLACES)(
  '137: %s no secret of another kind counts, even if its hash were there',
  async (...place) => {
    const [, right, table, column, open] = place
    for (const kind of SECRET_KINDS) {
      const secret = formatSecret(kind, randomBytes(32))
      await transaction(app.as(), async (ctx) => {
        const planted = { [column]: app.keyring.hashSecret(secret) }
        await ctx.db.updateTable(table).set(planted).execute()
        await audit(ctx, { action: 'test.prepare', targetId: kind })
      })
      const opened = await open(secret).then(
        () => true,
        () => false,
      )
      expect([kind, opened]).toEqual([kind, kind === right])
    }
  },
)
