import type { GrantScope } from '../../src/domain/actor.ts'
import { isRead, ORGANIZATION_ONLY, type Permission } from '../../src/domain/permission.ts'
import { type BuiltInRole, type GrantScopeType, permissionsOf } from '../../src/domain/roles.ts'

/**
 * What owners granted, and what came of it, kept by hand: rows and loops, nothing of `domain/access.ts`. A right is a
 * permission at a place until an end; nobody may come to hold one that who gave it did not hold.
 */
export type Books = {
  users: { active: boolean }[]
  accounts: { project: number; active: boolean }[]
  roles: { permissions: Permission[]; scopeTypes: GrantScopeType[]; deleted: boolean }[]
  grants: Grant[]
  tokens: Token[]
  invitations: Invitation[]
  requests: AccessRequest[]
}

/** A user or a service account, by its number in the books. */
export type Principal = { kind: 'user' | 'account'; index: number }
/** A name of a built-in role, or the number of a custom one. */
export type Role = BuiltInRole | number
/** Who acts: somebody in person, or with one of the tokens. */
export type Who = { kind: 'user'; index: number } | { kind: 'token'; index: number }

type Given = { role: Role; scope: Scope; production: boolean; endsAt: number | null }
export type Grant = Given & { to: Principal; over: boolean }
export type Token = {
  of: Principal
  role: Role | null
  scope: Scope
  production: boolean
  endsAt: number | null
  over: boolean
}
export type Invitation = Given & { by: number; over: boolean }
export type AccessRequest = Given & { by: number; over: boolean }

/** Two teams with two projects each: the projects 0 and 1 are the first team's. */
export const PROJECTS = [0, 1, 2, 3]
export const teamOf = (project: number) => Math.floor(project / 2)

export type Scope =
  | { type: 'organization' }
  | { type: 'team'; team: number }
  | { type: 'project'; project: number }

/** The organization, each team as a whole, each project, and what is production in it. */
export type Spot =
  | { type: 'organization' }
  | { type: 'team'; team: number }
  | { type: 'project'; project: number; production: boolean }

export const SPOTS: Spot[] = [
  { type: 'organization' },
  { type: 'team', team: 0 },
  { type: 'team', team: 1 },
  ...PROJECTS.flatMap((project) => [
    { type: 'project' as const, project, production: false },
    { type: 'project' as const, project, production: true },
  ]),
]

/** The spot that decides who may give what is held at such a scope. */
export function spotOf(scope: Scope): Spot {
  return scope.type === 'project' ? { ...scope, production: false } : scope
}

export function scopeIn(
  scope: Scope,
  ids: { team: (n: number) => string; project: (n: number) => string },
): GrantScope {
  switch (scope.type) {
    case 'organization':
      return scope
    case 'team':
      return { type: 'team', teamId: ids.team(scope.team) }
    case 'project':
      return {
        type: 'project',
        teamId: ids.team(teamOf(scope.project)),
        projectId: ids.project(scope.project),
      }
  }
}

/** One permission at one spot. */
export type Right = { permission: Permission; spot: Spot }

/** No right at all. An end is a time in ms; what has none ends at `FOREVER`. */
export const NEVER = -1
export const FOREVER = Number.MAX_SAFE_INTEGER

/** What a role holds at such a scope: none of what is the organization's own, below it. */
export function roleAt(books: Books, role: Role, type: GrantScopeType): Permission[] {
  const held = typeof role === 'number' ? customAt(books, role, type) : [...(permissionsOf(role, type) ?? [])]
  return type === 'organization' ? held : held.filter((permission) => !ORGANIZATION_ONLY.has(permission))
}

function customAt(books: Books, role: number, type: GrantScopeType): Permission[] {
  const found = books.roles[role]
  return found && !found.deleted && found.scopeTypes.includes(type) ? found.permissions : []
}

/** Whether what is held at `scope` holds at `spot`. */
export function reaches(scope: Scope, spot: Spot): boolean {
  if (scope.type === 'organization') return true
  if (scope.type === 'team') {
    return spot.type === 'team'
      ? spot.team === scope.team
      : spot.type === 'project' && teamOf(spot.project) === scope.team
  }
  return spot.type === 'project' && spot.project === scope.project
}

/** Everything that permissions at a scope amount to. */
export function rightsIn(permissions: readonly Permission[], scope: Scope, production: boolean): Right[] {
  return SPOTS.filter((spot) => reaches(scope, spot)).flatMap((spot) =>
    permissions
      .filter((permission) => allows(permission, spot, production))
      .map((permission) => ({ permission, spot })),
  )
}

function allows(permission: Permission, spot: Spot, production: boolean): boolean {
  return spot.type !== 'project' || !spot.production || production || isRead(permission)
}

/** Until when a principal holds a right. */
export function heldBy(books: Books, { kind, index }: Principal, { permission, spot }: Right): number {
  const active = kind === 'user' ? books.users[index]?.active : books.accounts[index]?.active
  if (!active) return NEVER
  let end = NEVER
  for (const grant of books.grants) {
    if (grant.over || grant.to.kind !== kind || grant.to.index !== index) continue
    if (!reaches(grant.scope, spot) || !allows(permission, spot, grant.production)) continue
    if (roleAt(books, grant.role, grant.scope.type).includes(permission))
      end = Math.max(end, grant.endsAt ?? FOREVER)
  }
  return end
}

/** Until when whoever acts holds it: a token no more than its owner, and no more than it says itself. */
export function holds(books: Books, who: Who, right: Right): number {
  if (who.kind === 'user') return heldBy(books, who, right)
  const token = books.tokens[who.index]
  if (!token || token.over) return NEVER
  const { role, scope, production } = token
  const narrowed =
    reaches(scope, right.spot) &&
    allows(right.permission, right.spot, production) &&
    (role === null || roleAt(books, role, scope.type).includes(right.permission))
  return narrowed ? heldBy(books, token.of, right) : NEVER
}

/** The rights that a principal holds now. */
export function allRightsOf(books: Books, principal: Principal): Right[] {
  return books.grants
    .filter(({ to, over }) => !over && to.kind === principal.kind && to.index === principal.index)
    .flatMap(({ role, scope, production }) => rightsIn(roleAt(books, role, scope.type), scope, production))
}

export function principalOf(books: Books, who: Who): Principal {
  const token = who.kind === 'token' ? books.tokens[who.index] : null
  return token ? token.of : { kind: 'user', index: who.index }
}

export function livingOwners(books: Books): number {
  const owners = books.grants.filter(
    ({ to, role, over }) => !over && role === 'owner' && books.users[to.index]?.active,
  )
  return new Set(owners.map(({ to }) => to.index)).size
}
