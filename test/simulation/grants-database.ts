import { sql } from 'kysely'
import { acceptInvitation } from '../../src/actions/accept-invitation.ts'
import { approveAccessRequest } from '../../src/actions/access-request-decisions.ts'
import { createAccessRequest } from '../../src/actions/access-requests.ts'
import { createEnvironment } from '../../src/actions/environments.ts'
import { createGrant, revokeGrant } from '../../src/actions/grants.ts'
import { createInvitation } from '../../src/actions/invitations.ts'
import { createKey } from '../../src/actions/keys.ts'
import { offboardUser } from '../../src/actions/offboard.ts'
import { setPassword } from '../../src/actions/passwords.ts'
import { createProject } from '../../src/actions/projects.ts'
import { updateRequestSettings } from '../../src/actions/request-settings.ts'
import { createRole, deleteRole, updateRole } from '../../src/actions/roles.ts'
import { createServiceAccount } from '../../src/actions/service-accounts.ts'
import { createSession } from '../../src/actions/sessions.ts'
import { createTeam } from '../../src/actions/teams.ts'
import { createToken, revokeToken } from '../../src/actions/tokens.ts'
import { createUser, updateUser } from '../../src/actions/users.ts'
import { type Ctx, visitOf } from '../../src/app.ts'
import { decide } from '../../src/domain/access.ts'
import { AppError } from '../../src/domain/errors.ts'
import type { Permission } from '../../src/domain/permission.ts'
import type { TestApp } from '../app.ts'
import { actorOf } from '../step-up.ts'
import type { Books, Principal, Role, Scope, Spot, Who } from './grants-books.ts'
import { placeOf } from './grants-memory.ts'
import type { Move } from './grants-moves.ts'

/** The same moves by the actions themselves, on a real database. The ids stand where the books have their numbers. */
export async function databaseSystem(app: TestApp, books: Books) {
  const setup = app.as()
  const input = <Body>(body: Body, params = {}) => ({ params, query: {}, body }) as never
  const teams = [
    (await createTeam(setup, input({ name: 'one' }))).id,
    (await createTeam(setup, input({ name: 'two' }))).id,
  ]
  const projects: string[] = []
  const environments: { development: string; production: string }[] = []
  for (const index of [0, 1, 2, 3]) {
    const about = { teamId: teams[Math.floor(index / 2)], name: `project ${index}` }
    const { id: projectId } = await createProject(setup, input(about))
    const make = async (kind: string) =>
      (await createEnvironment(setup, input({ projectId, name: kind, kind }))).id
    projects.push(projectId)
    environments.push({ development: await make('development'), production: await make('production') })
  }
  await updateRequestSettings(setup, input({ productionApprovals: 1 }))

  let names = 0
  const name = () => `name-${++names}`
  const users: { id: string; session: string }[] = []
  const accounts: string[] = []
  const roles: string[] = []
  const grants: string[] = []
  const tokens: { id: string; secret: string }[] = []
  const invitations: string[] = []
  const requests: string[] = []

  const signIn = async (userId: string) => {
    const about = { userId, kind: 'cli', methods: ['pwd', 'otp'], mfa: true } as const
    users.push({ id: userId, session: (await createSession(visitOf(app), about)).secret })
  }
  const secretOf = (who: Who) =>
    (who.kind === 'user' ? users[who.index]?.session : tokens[who.index]?.secret) ?? ''
  const principal = ({ kind, index }: Principal) =>
    kind === 'user' ? { userId: users[index]?.id } : { serviceAccountId: accounts[index] }
  const roleId = (role: Role) => (typeof role === 'number' ? roles[role] : role)
  const where = (scope: Scope) =>
    scope.type === 'team'
      ? { teamId: teams[scope.team] }
      : scope.type === 'project'
        ? { projectId: projects[scope.project] }
        : {}
  const time = (ms: number | null) => (ms === null ? undefined : new Date(ms).toISOString())
  const ids = { team: (n: number) => teams[n] ?? '', project: (n: number) => projects[n] ?? '' }

  const owners = books.grants.filter(({ role }) => role === 'owner').map(({ to }) => to.index)
  for (const index of books.users.keys()) {
    const { id } = await createUser(setup, input({ email: `${name()}@example.com`, name: 'Someone' }))
    // An owner counts as one only while they can sign in.
    if (owners.includes(index)) await setPassword(setup, id, 'seven quiet herons by the weir')
    await signIn(id)
  }
  for (const { project } of books.accounts) {
    const about = { projectId: projects[project], name: name() }
    accounts.push((await createServiceAccount(setup, input(about))).id)
  }
  for (const { to, role, scope, production } of books.grants) {
    const body = { ...principal(to), role: roleId(role), ...where(scope), production }
    grants.push((await createGrant(setup, input(body))).id)
  }

  /** Who acts, as the server would find them: with what they hold at this moment. */
  async function ctxOf(who: Who): Promise<Ctx> {
    return app.as({ ...(await actorOf(app, secretOf(who))), stepUp: 'none' })
  }

  /** Does it, and returns what was done; the given scope may have become the actor's own. */
  async function act(move: Move): Promise<Move> {
    if (move.kind === 'accept') {
      const userId = await acceptInvitation(visitOf(app), invitations[move.invitation] ?? '', 'Someone new')
      await signIn(userId)
      const { id } = await app.db
        .selectFrom('grants')
        .select('id')
        .where('userId', '=', userId)
        .executeTakeFirstOrThrow()
      grants.push(id)
      return move
    }
    if (move.kind === 'expire') {
      await comes(grants[move.grant] ?? '')
      return move
    }
    const ctx = await ctxOf(move.who)
    switch (move.kind) {
      case 'grant': {
        const { role, scope, production, endsAt } = move.given
        const body = {
          ...principal(move.to),
          role: roleId(role),
          ...where(scope),
          production,
          expiresAt: time(endsAt),
        }
        grants.push((await createGrant(ctx, input(body))).id)
        return move
      }
      case 'revoke':
        await revokeGrant(ctx, input({}, { grantId: grants[move.grant] }))
        return move
      case 'role': {
        const { permissions, scopeTypes } = move
        roles.push(
          (await createRole(ctx, input({ name: name(), basedOn: 'viewer', permissions, scopeTypes }))).id,
        )
        return move
      }
      case 'change role':
        await updateRole(ctx, input({ permissions: move.permissions }, { roleId: roles[move.role] }))
        return move
      case 'delete role':
        await deleteRole(ctx, input({}, { roleId: roles[move.role] }))
        return move
      case 'token': {
        const { of, role, scope, production, endsAt } = move
        const narrowed = role === null ? {} : { role: roleId(role) }
        const body = {
          name: name(),
          ...principal(of),
          ...narrowed,
          ...where(scope),
          production,
          expiresAt: time(endsAt),
        }
        const { token, secret } = await createToken(ctx, input(body))
        tokens.push({ id: token.id, secret })
        const team = teams.indexOf(token.teamId ?? '')
        return scope.type === 'organization' && team >= 0 ? { ...move, scope: { type: 'team', team } } : move
      }
      case 'revoke token':
        await revokeToken(ctx, input({}, { tokenId: tokens[move.token]?.id }))
        return move
      case 'key': {
        const { owner, project, production, endsAt } = move
        const environmentId = environments[project]?.[production ? 'production' : 'development']
        const body = {
          environmentId,
          name: name(),
          ...principal(owner),
          expiresAt: time(endsAt),
          tags: {},
          budgets: [],
        }
        await createKey(ctx, input(body))
        return move
      }
      case 'account':
        accounts.push(
          (await createServiceAccount(ctx, input({ projectId: projects[move.project], name: name() }))).id,
        )
        return move
      case 'invite': {
        const { role, scope, production, endsAt } = move.given
        const about = { email: `${name()}@example.com`, role: roleId(role), ...where(scope), production }
        const { link } = await createInvitation(
          ctx,
          input({ ...about, grantExpiresAt: time(endsAt), more: [] }),
        )
        invitations.push(link?.split('/').at(-1) ?? '')
        return move
      }
      case 'ask': {
        const { role, scope, production, endsAt } = move.given
        const kind = production ? 'production' : 'team'
        const body = { kind, role, ...where(scope), reason: 'a test', until: time(endsAt) }
        requests.push((await createAccessRequest(ctx, input(body))).id)
        return move
      }
      case 'approve': {
        const params = { accessRequestId: requests[move.request] }
        const { effects } = await approveAccessRequest(ctx, input({}, params))
        grants.push(effects?.[0]?.id ?? '')
        return move
      }
      case 'deactivate':
        await updateUser(ctx, input({ deactivated: true }, { userId: users[move.user]?.id }))
        return move
      case 'offboard':
        await offboardUser(ctx, input({ reason: 'left', keys: 'revoke' }, { userId: users[move.user]?.id }))
        return move
    }
  }

  /** The end of a grant comes: without waiting for it, and without anybody who does it. */
  async function comes(grantId: string): Promise<void> {
    await app.db.transaction().execute(async (db) => {
      await sql`set local session_replication_role = replica`.execute(db)
      await sql`update grants set expires_at = now() - interval '1 second' where id = ${grantId}`.execute(db)
    })
  }

  return {
    /** What was done; null when it was refused. What nobody expected is thrown. */
    async attempt(move: Move): Promise<Move | null> {
      try {
        return await act(move)
      } catch (error) {
        if (error instanceof AppError) return null
        throw error
      }
    },
    async decider(who: Who): Promise<(permission: Permission, spot: Spot) => boolean> {
      try {
        const { actor } = await ctxOf(who)
        return (permission, spot) => decide(actor, permission, placeOf(spot, ids)).allowed
      } catch (error) {
        if (error instanceof AppError) return () => false
        throw error
      }
    },
    async livingOwners(): Promise<number> {
      const { rows } = await sql<{ owners: number }>`
        select count(distinct u.id)::int as owners from users u join grants g on g.user_id = u.id
        where g.role_id = 'owner' and g.revoked_at is null and u.deactivated_at is null`.execute(app.db)
      return rows[0]?.owners ?? 0
    },
  }
}
