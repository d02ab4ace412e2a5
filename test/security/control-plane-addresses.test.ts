import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { acceptWithPassword } from '../../src/actions/accept-invitation.ts'
import { sendReset } from '../../src/actions/password-reset.ts'
import { recoverOwner } from '../../src/actions/recover-owner.ts'
import { openToEveryAddress } from '../../src/actions/security.ts'
import { createSession } from '../../src/actions/sessions.ts'
import { type Db, visitOf } from '../../src/app.ts'
import { SESSION_COOKIE } from '../../src/cookies.ts'
import { transaction } from '../../src/db/transaction.ts'
import { CLI_CLIENT_ID } from '../../src/domain/authorization-request.ts'
import { operationNamed } from '../control-plane.ts'
import { browser, browserAt, type Page } from '../cookie-browser.ts'
import { fingerprint } from '../fingerprint.ts'
import { oidcProvider } from '../oidc-provider.ts'
import { newPerson, PASSWORD } from '../people.ts'
import { confirmed } from '../step-up.ts'
import { totpCode } from '../totp.ts'
import { createWorld, WITH_MAIL, type World } from '../world.ts'

const INSIDE = '203.0.113.7'
const OUTSIDE = '198.51.100.9'
const LIST = ['203.0.113.0/24', '2001:db8::/32']
const BEHIND_PROXY = { trustedProxies: ['127.0.0.1/32'] }

let world: World
beforeAll(async () => {
  world = await createWorld({ ...BEHIND_PROXY, privateUpstreams: ['127.0.0.0/8'] })
})
afterAll(() => world?.[Symbol.asyncDispose]())
afterEach(() => transaction(world.app.as(), openToEveryAddress))

const from = (address: string) => ({ 'x-forwarded-for': address })
const self = (token: string, address: string) =>
  world.api.send(operationNamed('tokenSelf'), {}, { token, headers: from(address) })
const save = (body: object, address: string) =>
  world.api.send(
    operationNamed('securityUpdate'),
    { body },
    { token: world.tokens.owner, headers: from(address) },
  )

/** All that is in the database, what is counted of tries and asked of passkeys included. */
async function written(db: Db) {
  const tries = await db.selectFrom('throttles').selectAll().orderBy('key').execute()
  const challenges = await db.selectFrom('passkeyChallenges').selectAll().execute()
  return { ...(await fingerprint(db)), tries, challenges }
}

/** Opens a page from outside, or sends a form to it: it is refused, in words, and nothing is written. */
async function refusedOutside(
  db: Db,
  step: (address: string, form?: Record<string, string>, headers?: Record<string, string>) => Promise<Page>,
  path: string,
  form?: Record<string, string>,
): Promise<void> {
  const before = await written(db)
  const { status, text } = await step(path, form, from(OUTSIDE))
  expect([path, status, text.includes('The organization takes no session')]).toEqual([path, 403, true])
  expect(await written(db)).toEqual(before)
}

test('an API token and a session of the command line are taken from the addresses of the list alone', async () => {
  expect((await save({ ipAllowlist: LIST }, INSIDE)).status).toBe(200)
  for (const token of [world.tokens.owner, world.tokens.person, world.tokens.developer]) {
    expect((await self(token, INSIDE)).status).toBe(200)
    expect((await self(token, '2001:db8::1')).status).toBe(200)
    expect(await self(token, OUTSIDE)).toMatchObject({ status: 403, body: { code: 'ip_not_allowed' } })
  }
  expect((await self('cvg_tok_nothing', OUTSIDE)).status).toBe(401)
})

test('so is the session of a browser, for the API and for pages', async () => {
  const { userId } = await world.app.db.selectFrom('apiTokens').select('userId').executeTakeFirstOrThrow()
  const about = { userId: userId ?? '', kind: 'browser', methods: ['pwd'], mfa: false } as const
  const { secret } = await createSession(visitOf(world.app), about)
  await save({ ipAllowlist: LIST }, INSIDE)
  const open = (path: string, address: string) =>
    fetch(`${world.api.url}${path}`, {
      headers: { cookie: `${SESSION_COOKIE}=${secret}`, 'sec-fetch-site': 'same-origin', ...from(address) },
      redirect: 'manual',
    }).then(({ status }) => status)
  for (const path of ['/api/v1/tokens/self', '/device']) {
    expect(await open(path, INSIDE)).toBe(200)
    expect(await open(path, OUTSIDE)).toBe(403)
  }
})

test('nobody from elsewhere begins to sign in, or goes on with it, and nothing is written', async () => {
  const { app, api } = world
  const { email, userId } = await newPerson(app)
  await save({ ipAllowlist: LIST, mfa: 'required' }, INSIDE)
  const { go } = browserAt(api.url, new URL(app.config.url).origin)
  const refused = (path: string, form?: Record<string, string>) => refusedOutside(app.db, go, path, form)
  // Not even whether the password is right.
  for (const password of [PASSWORD, 'not this one, no'])
    await refused('/sign-in', { email, password, to: '/' })
  await refused('/sign-in/passkey', { passkey: 'begin', to: '/' })

  const begun = await go('/sign-in', { email, password: PASSWORD, to: '/' }, from(INSIDE))
  expect([begun.status, begun.to]).toEqual([303, '/sign-in/enrol'])
  const { text } = await go('/sign-in/enrol', undefined, from(INSIDE))
  const code = totpCode(/aria-label="Secret">([A-Z2-7 ]+)</.exec(text)?.[1]?.replaceAll(' ', '') ?? '')
  await refused('/sign-in/enrol')
  await refused('/sign-in/enrol', { code, name: '', passkey: '' })
  await refused('/sign-in/enrol', { code: '', name: '', passkey: 'begin' })
  const added = await go('/sign-in/enrol', { code, name: '', passkey: '' }, from(INSIDE))
  expect(added.status).toBe(200)
  expect(
    await app.db.selectFrom('sessions').select('id').where('userId', '=', userId).execute(),
  ).toHaveLength(1)
  await save({ mfa: 'optional' }, INSIDE)
})

test('nor at a provider, and who began inside does not come back elsewhere', async () => {
  const { app, api, make } = world
  await using idp = await oidcProvider({ url: app.config.url })
  idp.accounts.ada = { email: 'ada@okta.test', email_verified: true }
  idp.person = 'ada'
  const { issuer, clientId, clientSecret } = idp
  const body = { name: 'Okta', issuer, clientId, clientSecret, domains: ['okta.test'] }
  const { id } = await make('connectionCreate', { body })
  await make('connectionUpdate', { params: { connectionId: id }, body: { enabled: true } })
  await save({ ipAllowlist: LIST }, INSIDE)
  const { step } = browser({ [new URL(app.config.url).origin]: api.url })
  const refused = (path: string) => refusedOutside(app.db, step, path)
  await refused(`/sso/${id}/start`)
  expect(idp.asked).toBe(0)

  let page = await step(`/sso/${id}/start`, undefined, from(INSIDE))
  for (let i = 0; i < 10 && !page.to?.includes('/sso/callback'); i++)
    page = await step(new URL(page.to ?? '', page.url).href)
  const callback = page.to ?? ''
  await refused(callback)
  await refused('/sso/callback?state=nothing')
  expect(await step(callback, undefined, from(INSIDE))).toMatchObject({ status: 303, to: '/' })
})

test('nobody elsewhere looks at an invitation or accepts it', async () => {
  const { app, api, make } = world
  const { link } = await make('invitationCreate', { body: { email: 'grace@example.com' } })
  const { pathname } = new URL(link)
  await save({ ipAllowlist: LIST }, INSIDE)
  const { go } = browserAt(api.url, new URL(app.config.url).origin)
  const form = { name: 'Grace', password: PASSWORD }
  for (const path of [pathname, '/invite/cvg_inv_nothing']) {
    await refusedOutside(app.db, go, path)
    await refusedOutside(app.db, go, path, form)
    await refusedOutside(app.db, go, `${path}/sso`)
  }
  const accepted = acceptWithPassword(visitOf(app, { ip: OUTSIDE }), { token: 'cvg_inv_nothing', ...form })
  await expect(accepted).rejects.toMatchObject({ code: 'ip_not_allowed' })
  expect(await go(pathname, form, from(INSIDE))).toMatchObject({ status: 303, to: '/' })
})

test('nobody elsewhere asks for a new password or sets one', async () => {
  await using mailing = await createWorld({ ...BEHIND_PROXY, ...WITH_MAIL })
  const { app, api } = mailing
  const { userId, email } = await newPerson(app)
  const { pathname } = new URL(await sendReset(app.as(), { id: userId, email }))
  const token = mailing.tokens.owner
  await api.send(
    operationNamed('securityUpdate'),
    { body: { ipAllowlist: LIST } },
    { token, headers: from(INSIDE) },
  )
  const { go } = browserAt(api.url, new URL(app.config.url).origin)
  await refusedOutside(app.db, go, '/reset', { email })
  const form = { password: 'eleven calm otters in the mill' }
  for (const path of [pathname, '/reset/cvg_rst_nothing']) {
    await refusedOutside(app.db, go, path)
    await refusedOutside(app.db, go, path, form)
  }
  expect((await go(pathname, form, from(INSIDE))).status).toBe(200)
  expect((await go('/reset', { email }, from(INSIDE))).status).toBe(200)
})

test('a command line elsewhere gets no tokens, and the refresh token stays good where it belongs', async () => {
  const { app, api } = world
  const { userId } = await app.db.selectFrom('apiTokens').select('userId').executeTakeFirstOrThrow()
  const about = { userId: userId ?? '', kind: 'cli', methods: ['pwd', 'otp'], mfa: true } as const
  const { refresh = '' } = await createSession(visitOf(app), about)
  await save({ ipAllowlist: LIST }, INSIDE)
  const post = async (what: string, form: Record<string, string>, address: string) => {
    const body = new URLSearchParams({ client_id: CLI_CLIENT_ID, ...form })
    const answer = await fetch(`${api.url}/oauth/${what}`, { method: 'POST', body, headers: from(address) })
    return { status: answer.status, body: await answer.json() }
  }
  const token = (form: Record<string, string>, address: string) => post('token', form, address)
  const renew = (refresh: string, address: string) =>
    token({ grant_type: 'refresh_token', refresh_token: refresh }, address)
  const refused = {
    status: 400,
    body: {
      error: 'unauthorized_client',
      error_description: expect.stringContaining('takes no session'),
    },
  }
  const before = await written(app.db)
  expect(await renew(refresh, OUTSIDE)).toEqual(refused)
  expect(await renew('cvg_ref_nothing', OUTSIDE)).toEqual(refused)
  const code = {
    grant_type: 'authorization_code',
    code: 'x',
    redirect_uri: 'http://127.0.0.1/',
    code_verifier: 'x',
  }
  expect(await token(code, OUTSIDE)).toEqual(refused)
  const device = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: 'x' }
  expect(await token(device, OUTSIDE)).toEqual(refused)
  expect(await post('device_authorization', { client_name: 'a laptop' }, OUTSIDE)).toEqual(refused)
  expect(await written(app.db)).toEqual(before)
  expect((await renew(refresh, INSIDE)).status).toBe(200)
  // Who has an old one elsewhere ends nobody's session.
  expect(await renew(refresh, OUTSIDE)).toEqual(refused)
  expect(
    await app.db.selectFrom('findings').select('id').where('kind', '=', 'refresh-token-reused').execute(),
  ).toEqual([])
})

test('a list that does not hold who saves it is refused, unless they say that they mean it', async () => {
  const refused = await save({ ipAllowlist: LIST }, OUTSIDE)
  expect(refused).toMatchObject({ status: 409, body: { code: 'conflict' } })
  expect(refused.body.detail).toContain(OUTSIDE)
  expect((await self(world.tokens.owner, OUTSIDE)).status).toBe(200)
  expect((await save({ ipAllowlist: LIST, shutMeOut: true }, OUTSIDE)).body).toMatchObject({
    ipAllowlist: LIST,
  })
  expect((await self(world.tokens.owner, OUTSIDE)).status).toBe(403)
})

test('other settings are saved without a word about addresses, and what is no range is refused', async () => {
  expect((await save({ sessionHours: 100 }, OUTSIDE)).status).toBe(200)
  expect(await save({ ipAllowlist: ['10.0.0.1/8'] }, '10.0.0.1')).toMatchObject({ status: 400 })
})

test('it is confirmed like every change of how people sign in', async () => {
  const operation = operationNamed('securityUpdate')
  const sample = { body: { ipAllowlist: LIST } }
  const token = world.tokens.person
  const asked = await world.api.send(operation, sample, { token, headers: from(INSIDE) })
  expect(asked.body.code).toBe('step_up_required')
  const headers = { ...from(INSIDE), ...(await confirmed(world.app, token, operation, sample)) }
  expect((await world.api.send(operation, sample, { token, headers })).status).toBe(200)
})

test('who shut everybody out recovers an owner on the server itself, who is taken from everywhere', async () => {
  await save({ ipAllowlist: LIST, shutMeOut: true }, OUTSIDE)
  const tokenFile = join(world.app.config.dataDir, 'recovered')
  expect(await recoverOwner(world.app, { email: 'owner@example.com', tokenFile })).toBe(true)
  expect((await self(world.tokens.owner, OUTSIDE)).status).toBe(200)
})
