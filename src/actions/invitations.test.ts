import { afterAll, beforeAll, expect, test } from 'vitest'
import { operationNamed } from '../../test/control-plane.ts'
import { PASSWORD } from '../../test/people.ts'
import { actorOf } from '../../test/step-up.ts'
import { createWorld, type World } from '../../test/world.ts'
import { visitOf } from '../app.ts'
import { readCookie, SESSION_COOKIE } from '../cookies.ts'
import { acceptWithPassword, readInvitation } from './accept-invitation.ts'
import { createGrant, revokeGrant } from './grants.ts'
import { updateUser } from './users.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world?.[Symbol.asyncDispose]())

const nothing = { params: {}, query: {} }

async function invite(token: string, body: Record<string, unknown> = {}) {
  const email = `${world.name()}@example.com`
  const answer = await world.api.send(
    operationNamed('invitationCreate'),
    { body: { email, ...body } },
    { token },
  )
  return { ...answer, email, link: String(answer.body.link ?? '').replace(/^.*\/invite\//, '') }
}
const accept = (token: string) =>
  acceptWithPassword(visitOf(world.app), { token, name: 'Grace', password: PASSWORD })
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error) => error.code,
  )

test('an invitation becomes an account with the role that it offers, and a session', async () => {
  const { link, email } = await invite(world.tokens.owner, { role: 'builder', projectId: world.ids.project })
  expect(await readInvitation(visitOf(world.app), link)).toMatchObject({ email, organization: 'Acme' })
  const { cookies } = await accept(link)
  const cookie = `${SESSION_COOKIE}=${readCookie(cookies[0]?.split(';')[0] ?? null, SESSION_COOKIE)}`
  const self = await fetch(`${world.api.url}/api/v1/tokens/self`, { headers: { cookie } })
  const { user, grants } = (await self.json()) as { user: { email: string }; grants: unknown[] }
  expect(user.email).toBe(email)
  expect(grants).toMatchObject([{ role: 'builder', projectId: world.ids.project, source: 'invitation' }])
})

test('an invitation becomes an account with all of the roles that it offers, in each of their places', async () => {
  const other = await world.make('teamCreate', { body: { name: world.name() } })
  const { project: projectId, team: teamId } = world.ids
  const more = [
    { role: 'builder', projectId, production: true },
    { role: 'viewer', teamId: other.id, expiresAt: '2099-01-01T00:00:00Z' },
  ]
  const { link, body, email } = await invite(world.tokens.owner, { more })
  expect(body.invitation.roles).toMatchObject([
    { role: 'developer', teamId: null },
    { role: 'builder', teamId, projectId, production: true, expiresAt: null },
    { role: 'viewer', teamId: other.id, projectId: null, expiresAt: '2099-01-01T00:00:00.000Z' },
  ])
  await accept(link)
  const [user] = (await world.make('userList', { query: { email } })).data
  const { data } = await world.make('grantList', { query: { userId: user.id } })
  expect(data.map((grant: { role: string }) => grant.role).sort()).toEqual(['builder', 'developer', 'viewer'])
})

test('69: of several roles nobody gives one that they lack, and it is all or nothing', async () => {
  const { team: teamId } = world.ids
  const other = await world.make('teamCreate', { body: { name: world.name() } })
  const inTeam = { role: 'viewer', teamId }
  const elsewhere = [{ role: 'viewer', teamId: other.id }]
  const refused = await invite(world.tokens.ownTeam, { ...inTeam, more: elsewhere })
  expect(refused.status).toBe(404)
  const above = await invite(world.tokens.admin, { ...inTeam, more: [{ role: 'owner' }] })
  expect(above.status).toBe(403)
  const twice = await invite(world.tokens.owner, { ...inTeam, more: [inTeam] })
  expect([twice.status, twice.body.errors[0].pointer]).toEqual([400, '/body/more/0/role'])
  const wrong = await invite(world.tokens.owner, { ...inTeam, more: [{ role: 'analyst', teamId }] })
  expect(wrong.body.errors[0].pointer).toBe('/body/more/0/role')
  const { body } = await invite(world.tokens.owner, { ...inTeam, more: elsewhere })
  // Who runs one of the teams is not told what somebody gets in the other, nor takes it away.
  const invitationId = body.invitation.id
  for (const name of ['invitationView', 'invitationRevoke', 'invitationRenew']) {
    const { status } = await world.api.send(
      operationNamed(name),
      { params: { invitationId } },
      { token: world.tokens.ownTeam },
    )
    expect([name, status]).toEqual([name, 404])
  }
  const list = await world.api.send(operationNamed('invitationList'), {}, { token: world.tokens.ownTeam })
  expect(list.body.data.map(({ id }: { id: string }) => id)).not.toContain(invitationId)
  const whole = await invite(world.tokens.owner)
  const mine = await world.api.send(operationNamed('invitationList'), {}, { token: world.tokens.ownTeam })
  expect(JSON.stringify(mine.body)).not.toContain(whole.body.invitation.id)
})

test('69: a link is good once, of ten at the same time too', async () => {
  const { link } = await invite(world.tokens.owner)
  const done = await Promise.all(Array.from({ length: 10 }, () => refusal(accept(link))))
  expect(done.filter((one) => one === 'done')).toHaveLength(1)
  expect(done.filter((one) => one === 'not_found')).toHaveLength(9)
})

test('69: not guessed, not expired, not renewed since, not taken back', async () => {
  const { link, body } = await invite(world.tokens.owner)
  const invitationId = body.invitation.id
  const guess = `${link.slice(0, -1)}${link.endsWith('0') ? '1' : '0'}`
  expect(await refusal(accept(guess))).toBe('not_found')
  const renewed = await world.make('invitationRenew', { params: { invitationId } })
  expect(await refusal(accept(link))).toBe('not_found')
  const next = renewed.link.replace(/^.*\/invite\//, '')
  await readInvitation(visitOf(world.app), next)
  await world.make('invitationRevoke', { params: { invitationId } })
  expect(await refusal(accept(next))).toBe('not_found')
  const old = await invite(world.tokens.owner)
  await world.app.db.transaction().execute(async (db) => {
    await db
      .updateTable('invitations')
      .set({ expiresAt: new Date(0) })
      .where('email', '=', old.email)
      .execute()
    // Whoever moves time in a test leaves the trail that every change leaves.
    await db
      .insertInto('auditEvents')
      .values({ id: 'evt_test', actorKind: 'job', actorId: 'test', action: 'x', targetId: 'x' })
      .execute()
  })
  expect(await refusal(accept(old.link))).toBe('not_found')
  expect((await invite(world.tokens.owner, { email: old.email })).status).toBe(201)
})

test('69: an admin invites no owner, and nobody gives a role that they lack', async () => {
  expect((await invite(world.tokens.admin, { role: 'owner' })).status).toBe(403)
  expect((await invite(world.tokens.ownTeam)).status).toBe(403)
  const inTeam = await invite(world.tokens.ownTeam, {
    role: 'admin',
    teamId: world.ids.team,
    production: true,
  })
  expect(inTeam.status).toBe(201)
  expect((await invite(world.tokens.owner, { role: 'owner' })).status).toBe(201)
})

test('69: what its inviter may not give any more, it does not give', async () => {
  const user = await world.make('userCreate', {
    body: { email: `${world.name()}@example.com`, name: 'Boss' },
  })
  const ctx = world.app.as()
  const grant = await createGrant(ctx, {
    ...nothing,
    body: { userId: user.id, role: 'admin', production: true },
  })
  const { secret } = await world.make('tokenCreate', {
    body: { name: world.name(), role: 'admin', production: true, userId: user.id },
  })
  const { link } = await invite(secret, { more: [{ role: 'admin' }] })
  await revokeGrant(ctx, { params: { grantId: grant.id }, query: {}, body: undefined as never })
  expect(await refusal(accept(link))).toBe('forbidden')
  await createGrant(ctx, { ...nothing, body: { userId: user.id, role: 'admin', production: true } })
  await updateUser(ctx, { params: { userId: user.id }, query: {}, body: { deactivated: true } })
  expect(await refusal(accept(link))).toBe('forbidden')
})

test('an easy password accepts nothing, and the invitation stays', async () => {
  const { link } = await invite(world.tokens.owner)
  const visit = visitOf(world.app)
  const easy = acceptWithPassword(visit, { token: link, name: 'Grace', password: 'passwordpassword' })
  expect(await refusal(easy)).toBe('invalid_request')
  expect(await refusal(accept(link))).toBe('done')
})

test('a person invites after confirming it, and their invitation says who they are', async () => {
  const refused = await invite(world.tokens.person)
  expect(refused.body.code).toBe('step_up_required')
  const { userId } = await actorOf(world.app, world.tokens.owner)
  expect((await invite(world.tokens.owner)).body.invitation.invitedBy).toBe(userId)
})
