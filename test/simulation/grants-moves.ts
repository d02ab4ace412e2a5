import fc from 'fast-check'
import type { Permission } from '../../src/domain/permission.ts'
import { BUILT_IN_ROLES, GRANT_SCOPES, type GrantScopeType } from '../../src/domain/roles.ts'
import { type Books, PROJECTS, type Principal, type Role, type Scope, type Who } from './grants-books.ts'

type Given = { role: Role; scope: Scope; production: boolean; endsAt: number | null }

/** One administrative act that somebody tries. */
export type Move =
  | { kind: 'grant'; who: Who; to: Principal; given: Given }
  | { kind: 'revoke'; who: Who; grant: number }
  | { kind: 'role'; who: Who; permissions: Permission[]; scopeTypes: GrantScopeType[] }
  | { kind: 'change role'; who: Who; role: number; permissions: Permission[] }
  | { kind: 'delete role'; who: Who; role: number }
  | {
      kind: 'token'
      who: Who
      of: Principal
      role: Role | null
      scope: Scope
      production: boolean
      endsAt: number | null
    }
  | { kind: 'revoke token'; who: Who; token: number }
  | { kind: 'key'; who: Who; owner: Principal; project: number; production: boolean; endsAt: number | null }
  | { kind: 'account'; who: Who; project: number }
  | { kind: 'invite'; who: Who; given: Given }
  | { kind: 'accept'; invitation: number }
  | { kind: 'ask'; who: Who; given: Given }
  | { kind: 'approve'; who: Who; request: number }
  | { kind: 'deactivate'; who: Who; user: number }
  | { kind: 'offboard'; who: Who; user: number }
  /** Its time comes. */
  | { kind: 'expire'; grant: number }

export const WEIGHTS: Record<Move['kind'], number> = {
  grant: 10,
  revoke: 4,
  role: 2,
  'change role': 4,
  'delete role': 1,
  token: 6,
  'revoke token': 1,
  key: 3,
  account: 1,
  invite: 3,
  accept: 3,
  ask: 3,
  approve: 4,
  deactivate: 1,
  offboard: 1,
  expire: 2,
}

/** Numbers that say which move, made of what the books have at that moment. */
export type Draw = {
  kind: Move['kind']
  who: number
  what: number
  to: number
  scope: number
  role: number
  bits: number
}

const number = fc.nat(9_999)

export const anyDraw: fc.Arbitrary<Draw> = fc.record({
  kind: fc.oneof(
    ...Object.entries(WEIGHTS).map(([kind, weight]) => ({
      weight,
      arbitrary: fc.constant(kind as Move['kind']),
    })),
  ),
  who: number,
  what: number,
  to: number,
  scope: number,
  role: number,
  bits: number,
})

/** Far enough that none comes by itself while a test runs. */
const DAY_MS = 86_400_000
const START = Date.UTC(2100, 0)

/** Permissions that a custom role is made of: some of each sort. */
const SOME: Permission[] = [
  'team:read',
  'key:read',
  'key:use',
  'key:create',
  'grant:create',
  'grant:revoke',
  'token:create',
  'invitation:create',
  'access-request:create',
  'access-request:decide',
  'user:update',
  'role:create',
  'role:update',
  'budget:update',
]

/** The move that is drawn; null when the books have nothing that it could be about. */
export function moveOf(books: Books, draw: Draw): Move | null {
  const { kind, bits } = draw
  const who = whoOf(books, draw.who)
  const production = bits % 2 === 0
  const endsAt = bits % 3 === 0 ? START + (1 + (bits % 5)) * DAY_MS : null
  const scope = scopeOf(draw.scope)
  const role = roleOf(books, draw.role)
  const given = {
    role,
    scope,
    production: production || role === 'owner',
    endsAt: role === 'owner' ? null : endsAt,
  }
  const project = draw.scope % PROJECTS.length
  const target = principalOf(books, draw.to)
  switch (kind) {
    case 'grant':
      return { kind, who, to: target, given }
    case 'revoke':
    case 'expire': {
      const grant = living(books.grants, draw.what)
      if (grant === null) return null
      if (kind === 'revoke') return { kind, who, grant }
      return books.grants[grant]?.endsAt === null ? null : { kind, grant }
    }
    case 'role':
      return { kind, who, permissions: someOf(bits, draw.what), scopeTypes: scopeTypesOf(draw.to) }
    case 'change role':
    case 'delete role': {
      const found = books.roles.length === 0 ? null : draw.what % books.roles.length
      if (found === null || books.roles[found]?.deleted) return null
      if (kind === 'delete role') return { kind, who, role: found }
      return { kind, who, role: found, permissions: someOf(bits, draw.to) }
    }
    case 'token': {
      const own = draw.to % 2 === 0 ? ownerOf(books, who) : target
      return { kind, who, of: own, role: draw.role % 3 === 0 ? null : role, scope, production, endsAt }
    }
    case 'revoke token': {
      const token = living(books.tokens, draw.what)
      return token === null ? null : { kind, who, token }
    }
    case 'key':
      return {
        kind,
        who,
        owner: draw.to % 2 === 0 ? ownerOf(books, who) : target,
        project,
        production,
        endsAt,
      }
    case 'account':
      return { kind, who, project }
    case 'invite':
      return { kind, who, given }
    case 'accept': {
      const invitation = living(books.invitations, draw.what)
      return invitation === null ? null : { kind, invitation }
    }
    case 'ask': {
      const asked = draw.role % 2 === 0 ? ('viewer' as const) : ('builder' as const)
      const inTeam = bits % 2 === 0
      return {
        kind,
        who,
        given: {
          role: asked,
          scope: inTeam ? { type: 'team', team: project % 2 } : { type: 'project', project },
          production: !inTeam,
          endsAt: inTeam ? endsAt : (endsAt ?? START + DAY_MS),
        },
      }
    }
    case 'approve': {
      const request = living(books.requests, draw.what)
      return request === null ? null : { kind, who, request }
    }
    case 'deactivate':
    case 'offboard':
      return { kind, who, user: draw.to % books.users.length }
  }
}

/** Mostly people who are there, now and then one of the tokens. */
function whoOf({ users, tokens }: Books, draw: number): Who {
  const token = tokens.length > 0 && draw % 4 === 0 ? (draw >> 2) % tokens.length : null
  return token === null
    ? { kind: 'user', index: (draw >> 2) % users.length }
    : { kind: 'token', index: token }
}

function ownerOf(books: Books, who: Who): Principal {
  const token = who.kind === 'token' ? books.tokens[who.index] : null
  return token ? token.of : { kind: 'user', index: who.index }
}

function principalOf({ users, accounts }: Books, draw: number): Principal {
  if (accounts.length > 0 && draw % 5 === 0) return { kind: 'account', index: (draw >> 2) % accounts.length }
  return { kind: 'user', index: (draw >> 2) % users.length }
}

function scopeOf(draw: number): Scope {
  if (draw % 4 === 0) return { type: 'organization' }
  if (draw % 4 === 1) return { type: 'team', team: (draw >> 2) % 2 }
  return { type: 'project', project: (draw >> 2) % PROJECTS.length }
}

function roleOf({ roles }: Books, draw: number): Role {
  if (roles.length > 0 && draw % 3 === 0) return (draw >> 2) % roles.length
  return BUILT_IN_ROLES[draw % BUILT_IN_ROLES.length] ?? 'viewer'
}

function living(rows: { over: boolean }[], draw: number): number | null {
  const open = rows.flatMap(({ over }, index) => (over ? [] : [index]))
  return open.length === 0 ? null : (open[draw % open.length] ?? null)
}

function someOf(bits: number, more: number): Permission[] {
  const chosen = SOME.filter((_, index) => ((bits ^ more) >> index) & 1)
  return chosen.length === 0 ? ['key:read'] : chosen
}

function scopeTypesOf(draw: number): GrantScopeType[] {
  const chosen = GRANT_SCOPES.filter((_, index) => (draw >> index) & 1)
  return chosen.length === 0 ? ['project'] : chosen
}
