import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import OpenAI from 'openai'
import { expect, test } from 'vitest'
import { accessRequestApprove, accessRequestView } from '../src/contract/access-requests.ts'
import { call } from '../src/contract/client.ts'
import { deliveryOpen } from '../src/contract/key-deliveries.ts'
import { profileView } from '../src/contract/profile.ts'
import { connectOnce } from '../src/db/connect.ts'
import type { Browser } from './cookie-browser.ts'
import { oidcProvider } from './oidc-provider.ts'
import { callConfirmed } from './step-up.ts'
import { ADDRESS, type Authenticator, enrol, type WalkWorld, walkWorld } from './walk-world.ts'

const OWNER = 'olga@acme.example'
const ADMIN = 'anna@acme.example'
const DEVELOPER = 'dan@acme.example'
const PASSWORD = 'seven quiet herons by the weir'
const SAID = [{ role: 'user' as const, content: 'Good morning.' }]
/** How long the developer gets the key for, at the least, from when the admin types the command. They need half of it. */
const LEAST_GIVEN_MS = 15_000

/** Somebody in their browser, with what they confirm with. */
type Person = { browser: Browser; app: Authenticator }

test('from set-up to proof: people, a factor, a provider, a request, one key for a while, and a trail of it all', async () => {
  const began = Date.now()
  await using world = await walkWorld({ organization: 'Acme', email: OWNER, name: 'Olga' })

  const { admin, owner, invitation } = await comeIn(world)
  await using idp = await oidcProvider({ url: ADDRESS, accounts: ACCOUNTS })
  const developer = await signInAtProvider(world, idp, owner, invitation)
  // A slow machine needs more time for what follows, as it did for what came before.
  const givenMs = Math.max(LEAST_GIVEN_MS, Date.now() - began)
  const { requestId, until } = await askAndApprove(world, { admin, owner, developer }, givenMs)
  const ask = await openAndCall(world, developer)
  expect(Date.now(), 'the machine is too slow for the time that the key was given for').toBeLessThan(
    Date.parse(until),
  )

  await sleep(Date.parse(until) - Date.now())
  // By the database's time, which the gateway knows to within half a round trip.
  const refusal = () =>
    ask().then(
      () => null,
      ({ status, code }) => `${status} ${code}`,
    )
  await expect.poll(refusal, { timeout: 2_000, interval: 20 }).toBe('401 key_expired')
  await expect.poll(() => stateOf(developer, requestId), { timeout: 20_000 }).toBe('ended')
  const expired = ['audit', 'list', '--action', 'key.expire', '--json']
  await expect.poll(() => world.owner.print(expired), { timeout: 20_000 }).toContain(`"key.expire"`)

  await prove(world)
}, 240_000)

const ACCOUNTS = {
  olga: { email: OWNER, email_verified: true, name: 'Olga' },
  dan: { email: DEVELOPER, email_verified: true, name: 'Dan', amr: ['pwd', 'mfa'] },
}

/** An admin comes with a password, the owner as well; then a second factor is required, and both are stopped without one. */
async function comeIn(world: WalkWorld): Promise<{ admin: Person; owner: Person; invitation: string }> {
  const invite = ['invitation', 'create', '--email']
  await world.owner.print([...invite, ADMIN, '--role', 'admin', '--production', 'true'])
  const admin = world.open()
  const inside = await admin.go(await world.linkMailedTo(ADMIN, '/invite/'), {
    name: 'Anna',
    password: PASSWORD,
  })
  expect(inside.url).toBe(`${ADDRESS}/`)
  expect(await emailOf(admin)).toBe(ADMIN)
  await world.owner.print([...invite, DEVELOPER])
  const invitation = await world.linkMailedTo(DEVELOPER, '/invite/')

  await world.owner.print(['security', 'update', '--mfa', 'required'])
  // The session that there was is no way around it.
  await expect(emailOf(admin)).rejects.toMatchObject({ code: 'mfa_required' })
  const adminsApp = await signInWithFirstApp(admin, ADMIN)

  const owner = world.open()
  await owner.go('/reset', { email: OWNER })
  await owner.go(await world.linkMailedTo(OWNER, '/reset/'), { password: PASSWORD })
  const ownersApp = await signInWithFirstApp(owner, OWNER)
  return { admin: { browser: admin, app: adminsApp }, owner: { browser: owner, app: ownersApp }, invitation }
}

/** Signs in with the password alone, which leads nowhere but to adding an authenticator app. */
async function signInWithFirstApp(browser: Browser, email: string): Promise<Authenticator> {
  const offer = await browser.go('/sign-in', { email, password: PASSWORD, to: '/profile' })
  expect(new URL(offer.url).pathname).toBe('/sign-in/enrol')
  const notIn = expect.stringMatching(/^(?:unauthenticated|mfa_required)$/)
  await expect(emailOf(browser)).rejects.toMatchObject({ code: notIn })
  const { app, done } = await enrol(browser, offer)
  expect(done.text).toContain('Keep these recovery codes')
  expect(await emailOf(browser)).toBe(email)
  return app
}

/** The owner connects the company's provider and tries it out; the developer comes from there, and comes again. */
async function signInAtProvider(
  world: WalkWorld,
  idp: { issuer: string; clientId: string; clientSecret: string; person: string },
  owner: Person,
  invitation: string,
): Promise<Browser> {
  const secret = join(world.owner.dir, 'client-secret')
  writeFileSync(secret, idp.clientSecret)
  const connection = await world.owner.json([
    ...['connection', 'create', '--name', 'Acme', '--domain', 'acme.example'],
    ...['--issuer', idp.issuer, '--client-id', idp.clientId, '--from-file', secret],
  ])
  idp.person = 'olga'
  expect((await owner.browser.go(connection.testUrl)).text).toContain('<h1>It works</h1>')
  await world.owner.print(['connection', 'update', 'Acme', '--enabled', 'true'])

  idp.person = 'dan'
  const developer = world.open()
  expect((await developer.go(invitation)).text).toContain('Accept with Acme')
  expect((await developer.go(`${invitation}/sso`)).url).toBe(`${ADDRESS}/`)
  await developer.go('/sign-out', {})
  const start = `/sso/${connection.id}/start?to=%2Frequests`
  expect((await developer.go('/sign-in?to=/requests')).text).toContain(`href="${start}"`)
  expect((await developer.go(start)).url).toBe(`${ADDRESS}/requests`)
  expect(await emailOf(developer)).toBe(DEVELOPER)
  return developer
}

/** The developer asks for thirty days; the admin leaves seconds of them and approves, and for production so does the owner. */
async function askAndApprove(
  world: WalkWorld,
  { admin, owner, developer }: { admin: Person; owner: Person; developer: Browser },
  givenMs: number,
): Promise<{ requestId: string; until: string }> {
  await world.owner.print(['team', 'create', '--name', 'Search'])
  await world.owner.print(['project', 'create', '--team', 'Search', '--name', 'Site'])
  const production = ['--project', 'Search/Site', '--name', 'production', '--kind', 'production']
  await world.owner.print(['environment', 'create', ...production])
  const admins = await world.login(admin.browser)
  const developers = await world.login(developer)

  const { id: requestId } = await developers.json([
    ...['access-request', 'create', '--kind', 'key', '--environment', 'Search/Site/production'],
    ...['--name', 'nightly', '--until', '30d', '--reason', 'the nightly report'],
  ])
  const until = new Date(Date.now() + givenMs).toISOString()
  const narrowed = await admins.json(['access-request', 'approve', requestId, '--until', until], (address) =>
    admin.browser.go(address, { proofCode: admin.app.code() }),
  )
  expect(narrowed).toMatchObject({
    state: 'pending',
    narrowed: { until },
    approvals: { needed: 2, given: 1 },
  })
  const params = { accessRequestId: requestId }
  const { request: waiting } = await call(owner.browser.client, accessRequestView, { params })
  expect(waiting.narrowed).toEqual({ until })
  const approved = await callConfirmed(
    owner.browser.client,
    accessRequestApprove,
    { params, body: {} },
    ({ methods }) => {
      expect(methods).toContain('otp')
      return { code: owner.app.code() }
    },
  )
  expect(approved.state).toBe('approved')
  return { requestId, until }
}

/** The developer opens what was mailed to them: once. Returns a call to a model with what was in it. */
async function openAndCall(world: WalkWorld, developer: Browser): Promise<() => Promise<unknown>> {
  const link = new URL(await world.linkMailedTo(DEVELOPER, '/my-keys?delivery='))
  const deliveryId = link.searchParams.get('delivery') ?? ''
  const { secret: apiKey } = await openThere(developer, deliveryId)
  await expect(openThere(developer, deliveryId)).rejects.toMatchObject({
    status: 409,
    message: expect.stringContaining('This was opened before'),
  })

  const openai = new OpenAI({ baseURL: `${world.url}/v1`, apiKey, maxRetries: 0 })
  const ask = () => openai.chat.completions.create({ model: 'demo/echo', messages: SAID })
  expect((await ask()).choices[0]?.message.content).toBe(SAID[0]?.content)
  const findings = await world.owner.json(['finding', 'list'])
  expect(findings.data).toMatchObject([{ kind: 'delivery-reopened', severity: 'medium', count: 1 }])
  return ask
}

/** Opens a delivery as who has nothing but an account at the provider: they confirm there, then it is opened. */
function openThere({ client, go }: Browser, deliveryId: string) {
  return callConfirmed(client, deliveryOpen, { params: { deliveryId } }, async ({ url, methods }) => {
    expect(methods).toEqual([])
    const there = /href="(\/sso\/\w+\/step-up\/\w+)"/.exec((await go(url)).text)?.[1] ?? ''
    expect((await go(there)).text).toContain('<h1>Confirmed</h1>')
    return undefined
  })
}

async function emailOf({ client }: Browser): Promise<string> {
  return (await call(client, profileView, {})).user.email
}

async function stateOf({ client }: Browser, accessRequestId: string): Promise<string> {
  return (await call(client, accessRequestView, { params: { accessRequestId } })).request.state
}

/**
 * Who did what, in the order of the chain. An invitation, a connection and the jobs act in their own name. What ended by
 * itself did so in any order, and is sorted.
 */
const TRAIL = `
setup: document.create provider.create credential.create organization.create user.create grant.create token.create
Olga: invitation.create
Anna: user.create
itself: grant.create
Anna: invitation.accept password.set session.create
Olga: invitation.create security.update
Anna: totp.create recovery-code.create session.create
Olga: password.set totp.create recovery-code.create session.create connection.create connection.test connection.update
Dan: user.create
itself: grant.create
Dan: invitation.accept identity.create
itself: grant.create
Dan: session.create session.end session.create
Olga: team.create project.create environment.create
Anna: sign-in.approve session.create
Dan: sign-in.approve session.create access-request.create
Anna: step-up.confirm access-request.approve
Olga: step-up.confirm grant.create key.create delivery.create access-request.approve
Dan: step-up.confirm delivery.open key.deliver step-up.confirm delivery.open/denied
itself: access-request.end grant.expire key.expire
Olga: audit.export`

/** The exported trail has every step and proves itself; with one byte of one row changed it no longer does, and says where. */
async function prove({ owner, dataDir }: WalkWorld): Promise<void> {
  const file = join(owner.dir, 'audit.jsonl')
  const download = async () => writeFileSync(file, `${await owner.print(['audit', 'export'])}\n`)
  const { publicKey } = await owner.json(['audit-key', 'get'])
  // Nothing but the file and what was kept of it: there is no server at this address.
  const offline = { env: { CLAVIGER_URL: 'http://127.0.0.1:9' } }
  const heads = join(dataDir, 'audit-heads.jsonl')
  const verify = ['audit', 'verify', '--file', file, '--public-key', publicKey, '--heads', heads]

  await download()
  const events = eventsIn(file)
  const trail = trailOf(events)
  process.stdout.write(`${trail}\n`)
  expect(trail).toBe(TRAIL.trim())
  expect(readFileSync(join(import.meta.dirname, '../docs/walk.md'), 'utf8')).toContain(trail)
  const whole = await owner.run(verify, offline)
  expect([whole.code, whole.stdout, whole.stderr]).toEqual([
    0,
    expect.stringContaining(`The file is whole: ${events.length} events, positions 1 to ${events.length}`),
    '',
  ])

  const at = events.findIndex(({ action }) => action === 'access-request.create') + 1
  const broken = `The audit chain breaks at position ${at} (${events[at - 1]?.id})`
  const bytes = readFileSync(file)
  const reason = bytes.indexOf('the nightly report')
  bytes.write('T', reason)
  writeFileSync(file, bytes)
  const inFile = await owner.run(verify, offline)
  expect([inFile.code, inFile.stderr]).toEqual([9, expect.stringContaining(broken)])

  await changeRow(
    dataDir,
    `update audit_events set reason = 'The nightly report' where id = '${events[at - 1]?.id}'`,
  )
  const onServer = await owner.run(['audit', 'verify'])
  expect([onServer.code, onServer.stderr]).toEqual([9, expect.stringContaining(broken)])
  await download()
  const again = await owner.run(verify, offline)
  expect([again.code, again.stderr]).toEqual([9, expect.stringContaining(broken)])
}

/** What somebody can do who has the machine: the database's password, and the guard of its rows off. */
async function changeRow(dataDir: string, statement: string): Promise<void> {
  const password = readFileSync(join(dataDir, 'secrets', 'database-password'), 'utf8').trim()
  const port = readFileSync(join(dataDir, 'database', 'postmaster.pid'), 'utf8').split('\n')[3]
  const database = await connectOnce(`postgres://claviger:${password}@127.0.0.1:${port}/claviger`, 'test')
  try {
    await expect(database.query(statement)).rejects.toThrow()
    await database.query('alter table audit_events disable trigger user')
    expect((await database.query(statement)).rowCount).toBe(1)
  } finally {
    await database.end()
  }
}

type Event = {
  id: string
  action: string
  result: string
  actor_kind: string
  user_id: string | null
  target_id: string
  after: string
}

function eventsIn(file: string): Event[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.flatMap((line) => JSON.parse(line).data?.unmapped?.claviger?.event ?? [])
}

/** A line for each turn of somebody's: `Olga: team.create project.create`. */
function trailOf(events: Event[]): string {
  const names = new Map<string, string>()
  for (const { action, target_id, after } of events) {
    if (action === 'user.create') names.set(target_id, JSON.parse(after).name)
  }
  const turns: { who: string; did: string[] }[] = []
  for (const { actor_kind, user_id, action, result } of events) {
    const who = names.get(user_id ?? '') ?? (actor_kind === 'job' ? 'itself' : actor_kind)
    if (turns.at(-1)?.who !== who) turns.push({ who, did: [] })
    turns.at(-1)?.did.push(result === 'done' ? action : `${action}/${result}`)
  }
  return turns
    .map(({ who, did }) => `${who}: ${(who === 'itself' ? did.toSorted() : did).join(' ')}`)
    .join('\n')
}
