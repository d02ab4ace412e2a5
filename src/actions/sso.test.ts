import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Browser } from '../../test/cookie-browser.ts'
import { type OidcProvider, oidcProvider } from '../../test/oidc-provider.ts'
import { PASSWORD, problemOn, type SsoWorld, ssoWorld } from '../../test/sso-world.ts'
import { callConfirmed } from '../../test/step-up.ts'
import { auditList } from '../contract/audit.ts'
import { call } from '../contract/client.ts'
import { connectionDelete, connectionUpdate, connectionView } from '../contract/connections.ts'
import { grantList } from '../contract/grants.ts'
import { identityList, identityStart } from '../contract/identities.ts'
import { invitationCreate } from '../contract/invitations.ts'
import { mappingCreate } from '../contract/mappings.ts'
import { profileView, totpDelete, totpStart } from '../contract/profile.ts'
import { securityUpdate } from '../contract/security.ts'
import { sessionList } from '../contract/sessions.ts'
import { stepUpView } from '../contract/step-ups.ts'
import { teamCreate } from '../contract/teams.ts'
import { userList, userUpdate } from '../contract/users.ts'

let world: SsoWorld
let okta: OidcProvider
let connectionId: string
beforeAll(async () => {
  world = await ssoWorld()
  okta = await oidcProvider({ url: world.app.config.url })
  connectionId = await world.connect(okta, { name: 'Okta', domains: ['acme.test'] })
})
afterAll(async () => {
  await okta[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

let people = 0
/** Somebody new who has an account at the provider, and sits in front of the browser from now on. */
function somebody(claims: Record<string, unknown> = {}): string {
  people += 1
  const email = `person-${people}@acme.test`
  okta.person = `person-${people}`
  okta.accounts[okta.person] = { email, email_verified: true, name: `Person ${people}`, ...claims }
  return email
}

const signIn = (browser = world.open()) => browser.go(`/sso/${connectionId}/start?to=/device`)
/** Confirms that an account is to be connected, and returns where to begin. */
const linkFor = async ({ client }: Browser) => {
  const input = { body: { connectionId } }
  return (await callConfirmed(client, identityStart, input, () => ({ password: PASSWORD }))).url
}
const emailOf = async ({ client }: Browser) => (await call(client, profileView, {})).user.email
const update = (body: object) => call(world.owner, connectionUpdate, { params: { connectionId }, body })
const idOf = async (email: string) =>
  (await call(world.owner, userList, { query: { email } })).data[0]?.id ?? ''
const rolesOf = async (email: string) => {
  const { data } = await call(world.owner, grantList, { query: { userId: await idOf(email) } })
  return data.map(({ role, teamId, source }) => [role, teamId, source]).sort()
}
const toldOf = async (userId: string) => {
  const told = world.app.db.selectFrom('auditEvents').where('userId', '=', userId).select('action')
  return (await told.execute()).map(({ action }) => action)
}
const sessionsOf = async (email: string) =>
  (await call(world.owner, sessionList, { query: { userId: await idOf(email) } })).data

describe('signing in', () => {
  test('gives somebody new an account, with the role of everybody and what is audited of it', async () => {
    const email = somebody()
    const browser = world.open()
    const page = await signIn(browser)
    expect([page.status, page.url]).toEqual([200, `${world.app.config.url}/device`])
    expect(await emailOf(browser)).toBe(email)
    expect(await rolesOf(email)).toEqual([['developer', null, 'sso']])
    const userId = await idOf(email)
    const [session] = await sessionsOf(email)
    expect(session).toMatchObject({ methods: ['sso'], mfa: false })
    const { data } = await call(world.owner, auditList, { query: { limit: 200 } })
    const actions = data.filter((event) => event.targetId === userId || event.userId === userId)
    expect(actions.map(({ action }) => action).sort()).toEqual([
      'identity.create',
      'session.create',
      'user.create',
    ])
  })

  test('a second time is the same account, and begins on the sign-in page', async () => {
    const email = somebody()
    await signIn()
    const browser = world.open()
    const asked = await browser.go('/sign-in?to=/device')
    const link = /href="(\/sso\/con_[^"]+)"/.exec(asked.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
    await browser.go(link)
    expect(await emailOf(browser)).toBe(email)
    expect((await call(world.owner, userList, { query: { email } })).data).toHaveLength(1)
    const { data } = await call(world.owner, identityList, { query: { userId: await idOf(email) } })
    expect(data).toMatchObject([{ connection: 'Okta', issuer: okta.issuer, subject: okta.person, email }])
  })

  test('51: an address that the provider does not vouch for makes no account', async () => {
    for (const email_verified of [false, undefined, 'true']) {
      const email = somebody({ email_verified })
      const page = await signIn()
      expect([page.status, problemOn(page)]).toEqual([403, expect.stringContaining('is verified')])
      expect(await idOf(email)).toBe('')
    }
  })

  test('51: an account that exists is never taken by its address; its person connects it', async () => {
    const email = somebody()
    const userId = await world.person(email)
    const refused = await signIn()
    expect([refused.status, problemOn(refused)]).toEqual([403, expect.stringContaining('on your profile')])
    const browser = world.open()
    await browser.go('/sign-in', { email, password: PASSWORD })
    const offered = () => call(browser.client, profileView, {}).then(({ connections }) => connections)
    expect(await offered()).toEqual([{ id: connectionId, name: 'Okta' }])
    expect((await browser.go(await linkFor(browser))).url).toBe(`${world.app.config.url}/profile`)
    expect(await offered()).toEqual([])
    expect(await toldOf(userId)).toContain('identity.start')
    expect((await signIn()).url).toBe(`${world.app.config.url}/device`)
    expect((await sessionsOf(email)).filter(({ methods }) => methods.includes('sso'))).toHaveLength(1)
    expect(await idOf(email)).toBe(userId)
  })

  test('51: what was begun in one session connects nothing to the account of another', async () => {
    const [one, other] = [`one-${people}@acme.test`, `other-${people}@acme.test`]
    await world.person(one)
    await world.person(other)
    somebody()
    const browser = world.open()
    await browser.go('/sign-in', { email: one, password: PASSWORD })
    // As far as the provider's page, which nobody has answered yet.
    const { to } = await browser.step(await linkFor(browser))
    await browser.go('/sign-out', {})
    await browser.go('/sign-in', { email: other, password: PASSWORD })
    expect(problemOn(await browser.go(to ?? ''))).toContain('signed out meanwhile')
    const { data } = await call(world.owner, identityList, { query: { userId: await idOf(other) } })
    expect(data).toEqual([])
  })

  test('51: an account is connected by who confirmed it, once, and at that provider', async () => {
    const [one, other] = [`mine-${people}@acme.test`, `theirs-${people}@acme.test`]
    await world.person(one)
    await world.person(other)
    somebody()
    const browser = world.open()
    await browser.go('/sign-in', { email: one, password: PASSWORD })
    const address = await linkFor(browser)
    const stranger = world.open()
    expect((await stranger.step(address)).to).toMatch(/^\/sign-in\?/)
    await stranger.go('/sign-in', { email: other, password: PASSWORD })
    const refusal = 'This link was used already'
    expect(problemOn(await stranger.go(address))).toContain(refusal)
    const elsewhere = await world.connect(okta, { name: `Elsewhere ${people}`, domains: [] })
    expect(problemOn(await browser.go(address.replace(connectionId, elsewhere)))).toContain(refusal)
    expect(problemOn(await browser.go(address))).toContain(refusal)
    const again = await linkFor(browser)
    expect((await browser.go(again)).url).toBe(`${world.app.config.url}/profile`)
    expect(problemOn(await browser.go(again))).toContain(refusal)
    const listed = async (email: string) => {
      const { data } = await call(world.owner, identityList, { query: { userId: await idOf(email) } })
      return data.length
    }
    expect([await listed(one), await listed(other)]).toEqual([1, 0])
    await call(world.owner, connectionDelete, { params: { connectionId: elsewhere } })
  })

  test('52: a connection signs in nobody outside its domains, not even whom it knew', async () => {
    somebody({ email: 'ada@elsewhere.test' })
    const page = await signIn()
    expect([page.status, problemOn(page)]).toEqual([403, expect.stringContaining('people of acme.test')])
    const own = somebody()
    await signIn()
    await call(world.owner, userUpdate, {
      params: { userId: await idOf(own) },
      body: { email: 'moved@elsewhere.test' },
    })
    expect((await signIn()).status).toBe(403)
  })

  test('whoever was deactivated here stays out, and gets no second account', async () => {
    const email = somebody()
    await signIn()
    const params = { userId: await idOf(email) }
    await call(world.owner, userUpdate, { params, body: { deactivated: true } })
    const page = await signIn()
    expect([page.status, problemOn(page)]).toEqual([403, 'Your account here is deactivated. Ask an admin.'])
  })

  test('two first sign-ins at once are one account', async () => {
    const email = somebody()
    const pages = await Promise.all([signIn(), signIn()])
    expect(pages.map(({ status }) => status)).toEqual([200, 200])
    expect((await call(world.owner, userList, { query: { email } })).data).toHaveLength(1)
  })

  test('without a role for everybody, only who was invited gets an account', async () => {
    await update({ defaultRole: null })
    try {
      const email = somebody()
      const refused = await signIn()
      expect([refused.status, problemOn(refused)]).toEqual([403, expect.stringContaining('invitation')])
      const { link } = await call(world.owner, invitationCreate, { body: { email } })
      expect(problemOn(await signIn())).toContain('You were invited')
      const browser = world.open()
      expect((await browser.go(link ?? '')).text).toContain('Accept with Okta')
      expect((await browser.go(`${link}/sso`)).url).toBe(`${world.app.config.url}/`)
      expect(await emailOf(browser)).toBe(email)
      expect(await rolesOf(email)).toEqual([['developer', null, 'invitation']])
    } finally {
      await update({ defaultRole: 'developer' })
    }
  })

  test('51: an invitation is accepted by nobody but whom it was sent to', async () => {
    const invited = somebody()
    const { link } = await call(world.owner, invitationCreate, { body: { email: invited } })
    somebody()
    const page = await world.open().go(`${link}/sso`)
    expect([page.status, problemOn(page)]).toEqual([403, expect.stringContaining(invited)])
    expect(await idOf(invited)).toBe('')
  })
})

describe('a second factor', () => {
  test('that the provider saw is enough; otherwise it is asked for here', async () => {
    await call(world.owner, securityUpdate, { body: { mfa: 'required', mfaRoles: ['developer'] } })
    try {
      somebody({ amr: ['pwd'] })
      expect((await signIn()).url).toBe(`${world.app.config.url}/sign-in/enrol`)
      const email = somebody({ amr: ['pwd', 'mfa'] })
      expect((await signIn()).url).toBe(`${world.app.config.url}/device`)
      expect(await sessionsOf(email)).toMatchObject([{ mfa: true }])
    } finally {
      await call(world.owner, securityUpdate, { body: { mfa: 'optional', mfaRoles: [] } })
    }
  })
})

describe('what is to be confirmed', () => {
  test('is confirmed by signing in at the provider once more, when one has nothing else here', async () => {
    somebody()
    const browser = world.open()
    await signIn(browser)
    const asked = okta.asked
    const self = okta.person
    const done = await callConfirmed(browser.client, totpStart, {}, async ({ id, url, methods }) => {
      expect(methods).toEqual([])
      const link = /href="(\/sso\/[^"]+\/step-up\/[^"]+)"/.exec((await browser.go(url)).text)?.[1] ?? ''
      expect(link).toContain(id)
      const confirmedAt = async () =>
        (await call(browser.client, stepUpView, { params: { stepUpId: id } })).confirmedAt
      // Not yet, and by nobody who is somebody else there.
      somebody()
      browser.cookies(okta.issuer).clear()
      expect(problemOn(await browser.go(link))).toContain('somebody else')
      expect(await confirmedAt()).toBe(null)
      okta.person = self
      browser.cookies(okta.issuer).clear()
      expect((await browser.go(link)).text).toContain('Confirmed')
      expect(await confirmedAt()).not.toBe(null)
      return undefined
    })
    expect(done.uri).toContain('otpauth://')
    expect(okta.asked).toBe(asked + 2)
    // It is good once.
    await expect(call(browser.client, totpStart, {})).rejects.toMatchObject({ code: 'step_up_required' })
  })
})

describe('groups', () => {
  test('57: give their roles, follow the provider at each sign-in, and touch nothing else', async () => {
    const { id: teamId } = await call(world.owner, teamCreate, { body: { name: 'Search' } })
    await call(world.owner, mappingCreate, {
      body: { connectionId, value: 'search', role: 'builder', teamId },
    })
    const email = somebody({ groups: ['search', 'unknown'] })
    await signIn()
    expect(await rolesOf(email)).toEqual([
      ['builder', teamId, 'sso'],
      ['developer', null, 'sso'],
    ])
    okta.accounts[okta.person] = { ...okta.accounts[okta.person], groups: { search: true } }
    await signIn()
    expect(await rolesOf(email)).toEqual([['developer', null, 'sso']])
    okta.accounts[okta.person] = { ...okta.accounts[okta.person], groups: 'search' }
    await signIn()
    expect(await rolesOf(email)).toHaveLength(2)
  })

  test('57: nobody gives through a mapping what they lack, and never an owner', async () => {
    const body = { connectionId, value: 'all', role: 'owner' }
    await expect(call(world.owner, mappingCreate, { body })).rejects.toMatchObject({
      code: 'invalid_request',
    })
  })
})

describe('a connection', () => {
  test('asks for its secret again before it is sent to another issuer, and is to be tested again', async () => {
    const id = await world.connect(okta, { enabled: false })
    const params = { connectionId: id }
    const body = { issuer: 'https://elsewhere.example' }
    await expect(call(world.owner, connectionUpdate, { params, body })).rejects.toMatchObject({
      errors: [{ pointer: '/body/clientSecret' }],
    })
    const moved = await call(world.owner, connectionUpdate, { params, body: { ...body, clientSecret: 'x' } })
    expect(moved).toMatchObject({ issuer: 'https://elsewhere.example', testedAt: null, hasSecret: true })
    expect(JSON.stringify(moved)).not.toContain(okta.clientSecret)
  })

  test('signs nobody in while it is not enabled, and out when it is disabled', async () => {
    const email = somebody()
    const browser = world.open()
    await signIn(browser)
    await update({ enabled: false })
    try {
      expect((await browser.go('/device')).url).toContain('/sign-in?')
      expect((await signIn()).status).toBe(404)
      expect(await sessionsOf(email)).toEqual([])
    } finally {
      await update({ enabled: true })
    }
  })

  test('that is archived takes back what it gave, and frees its name and domains', async () => {
    await using other = await oidcProvider({ url: world.app.config.url })
    const id = await world.connect(other, { name: 'Passing', domains: ['passing.test'] })
    other.person = 'bob'
    other.accounts.bob = { email: 'bob@passing.test', email_verified: true }
    await world.open().go(`/sso/${id}/start`)
    expect(await rolesOf('bob@passing.test')).toHaveLength(1)
    await call(world.owner, connectionDelete, { params: { connectionId: id } })
    expect(await rolesOf('bob@passing.test')).toEqual([])
    expect(await call(world.owner, connectionView, { params: { connectionId: id } })).toMatchObject({
      hasSecret: false,
      domains: [],
      enabled: false,
    })
    await world.connect(other, { name: 'Passing', domains: ['passing.test'] })
  })
})

describe('an enforced connection', () => {
  let owners: Awaited<ReturnType<SsoWorld['ownersBrowser']>>
  beforeAll(async () => {
    owners = await world.ownersBrowser()
  })
  beforeEach(() => {
    somebody()
  })
  const conflict = (words: string) => ({ code: 'conflict', message: expect.stringContaining(words) })

  test('was tried out by an owner, who sees what the provider says and signs nobody in', async () => {
    okta.accounts[okta.person] = { ...okta.accounts[okta.person], groups: ['search'], amr: ['mfa'] }
    const page = await owners.browser.go(`/sso/${connectionId}/test`)
    expect(page.text).toContain('It works')
    for (const shown of ['developer', 'builder', 'done at the provider', okta.person])
      expect(page.text).toContain(shown)
    expect(await idOf(`${okta.person}@acme.test`)).toBe('')
    expect(await update({})).toMatchObject({ testedBy: owners.userId })
    expect(await toldOf(owners.userId)).toContain('connection.test')
  })

  test('is refused before a test, and without an owner who has another way in', async () => {
    await update({ scopes: ['openid', 'email'] })
    await expect(update({ enforced: true })).rejects.toMatchObject(conflict('for a test'))
    await owners.browser.go(`/sso/${connectionId}/test`)
    await expect(update({ enforced: true })).rejects.toMatchObject(conflict('breakGlass'))
  })

  test('takes no password of its people, right or wrong, known or not, and ends the sessions they had', async () => {
    const email = `local-${people}@acme.test`
    await world.person(email)
    const browser = world.open()
    await browser.go('/sign-in', { email, password: PASSWORD })
    expect((await browser.go('/device')).status).toBe(200)
    const breakGlass = { params: { userId: owners.userId }, body: { breakGlass: true } }
    await call(world.owner, userUpdate, breakGlass)
    await update({ enforced: true })
    expect((await browser.go('/device')).url).toContain('/sign-in?')
    for (const [address, password] of [
      [email, PASSWORD],
      [email, 'another one that is wrong'],
      ['nobody@acme.test', PASSWORD],
    ] as const) {
      const page = await world.open().go('/sign-in', { email: address, password })
      expect([page.status, problemOn(page)]).toEqual([403, 'People of acme.test sign in with Okta.'])
    }
    expect((await signIn()).status).toBe(200)
    await expect(update({ scopes: ['openid'] })).rejects.toMatchObject(conflict('Stop enforcing'))
    // Nor does it show in how tries are counted.
    const statuses: number[] = []
    for (let i = 0; i < 12; i++)
      statuses.push((await world.open().go('/sign-in', { email, password: PASSWORD })).status)
    expect(statuses).toContain(429)
    await world.app.db.deleteFrom('throttles').execute()
  })

  test('is no way for an invitation to be accepted with a password', async () => {
    const email = `late-${people}@acme.test`
    const { link } = await call(world.owner, invitationCreate, { body: { email } })
    const page = await world.open().go(link ?? '', { name: 'Late', password: PASSWORD })
    expect([page.status, problemOn(page)]).toEqual([403, 'People of acme.test sign in with Okta.'])
    expect(await idOf(email)).toBe('')
  })

  test('lets an owner with that way around it, and a finding tells of it', async () => {
    await update({ domains: ['acme.test', 'example.com'] })
    const browser = world.open()
    const asked = await browser.go('/sign-in', { email: 'owner@example.com', password: PASSWORD })
    expect(asked.url).toContain('/sign-in/factor')
    const findings = await world.app.db.selectFrom('findings').select(['kind', 'targetId']).execute()
    expect(findings).toContainEqual({ kind: 'break-glass-used', targetId: owners.userId })
  })

  test('whose domains grow ends what people of these began before', async () => {
    const browser = world.open()
    await world.person('grown@grown.test')
    await browser.go('/sign-in', { email: 'grown@grown.test', password: PASSWORD })
    await update({ domains: ['acme.test', 'example.com', 'grown.test'] })
    expect((await browser.go('/device')).url).toContain('/sign-in?')
  })

  test('keeps that way while it is enforced', async () => {
    const params = { userId: owners.userId }
    const body = { breakGlass: false }
    await expect(call(world.owner, userUpdate, { params, body })).rejects.toMatchObject(
      conflict('breakGlass'),
    )
    const removed = callConfirmed(owners.browser.client, totpDelete, {}, () => ({ code: owners.code() }))
    await expect(removed).rejects.toMatchObject(conflict('breakGlass'))
    await update({ enforced: false })
    expect(await call(world.owner, userUpdate, { params, body })).toMatchObject({ breakGlass: false })
  })
})
