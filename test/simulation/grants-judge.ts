import {
  allRightsOf,
  type Books,
  FOREVER,
  heldBy,
  holds,
  livingOwners,
  NEVER,
  type Principal,
  principalOf,
  type Right,
  type Role,
  rightsIn,
  roleAt,
  type Scope,
  SPOTS,
  spotOf,
  type Who,
} from './grants-books.ts'
import type { Move } from './grants-moves.ts'

type Given = { role: Role; scope: Scope; production: boolean; endsAt: number | null }

/** Why a move that was let through gave or took more than its actor had; null when it did not. */
export function judge(books: Books, move: Move): string | null {
  switch (move.kind) {
    case 'grant':
      return (
        lacks(books, move.who, 'grant:create', spotOf(move.given.scope)) ??
        givesTooMuch(books, move.who, move.given)
      )
    case 'revoke': {
      const { role, scope, production } = books.grants[move.grant] as Given
      return (
        lacks(books, move.who, 'grant:revoke', spotOf(scope)) ??
        givesTooMuch(books, move.who, { role, scope, production, endsAt: 0 })
      )
    }
    case 'role':
      return (
        lacks(books, move.who, 'role:create', { type: 'organization' }) ??
        missing(books, move.who, move.permissions.map(inOrganization), FOREVER)
      )
    case 'change role':
    case 'delete role':
      return lacks(books, move.who, 'role:update', { type: 'organization' }) ?? changesTooMuch(books, move)
    case 'token':
      return (
        lacks(books, move.who, 'token:create', spotOf(move.scope), move.endsAt) ?? tokenTooWide(books, move)
      )
    case 'key': {
      const { who, owner, project, production, endsAt } = move
      const spot = { type: 'project' as const, project, production }
      const elsewhere = owner.kind === 'user' && !isSame(owner, principalOf(books, who))
      return (
        lacks(books, who, 'key:create', spot, endsAt) ??
        (elsewhere ? lacks(books, who, 'key:create', { type: 'organization' }) : null) ??
        (owner.kind === 'user' && heldBy(books, owner, { permission: 'key:use', spot }) === NEVER
          ? 'its owner may use no keys there'
          : null)
      )
    }
    case 'account':
      return lacks(books, move.who, 'service-account:create', {
        type: 'project',
        project: move.project,
        production: false,
      })
    case 'invite':
      return (
        lacks(books, move.who, 'invitation:create', spotOf(move.given.scope)) ??
        givesTooMuch(books, move.who, move.given)
      )
    case 'accept': {
      const invitation = books.invitations[move.invitation]
      if (!invitation) return 'there is no such invitation'
      return givesTooMuch(books, { kind: 'user', index: invitation.by }, invitation)
    }
    case 'approve': {
      const request = books.requests[move.request]
      if (!request) return 'there is no such request'
      if (isSame(principalOf(books, move.who), { kind: 'user', index: request.by }))
        return 'it was their own request'
      const spot = { ...spotOf(request.scope), production: request.production }
      return (
        lacks(books, move.who, 'access-request:decide', spot as Right['spot']) ??
        givesTooMuch(books, move.who, request)
      )
    }
    case 'deactivate':
    case 'offboard': {
      const permission = move.kind === 'deactivate' ? 'user:update' : 'user:offboard'
      return (
        lacks(books, move.who, permission, { type: 'organization' }) ??
        missing(books, move.who, allRightsOf(books, { kind: 'user', index: move.user }), 0)
      )
    }
    case 'revoke token':
    case 'ask':
    case 'expire':
      return null
  }
}

/** What must hold at every moment, whatever was done. */
export function worldIsWrong(books: Books): string | null {
  return livingOwners(books) === 0 ? 'nobody owns the organization any more' : null
}

/** Writes down what an accepted move did. */
export function record(books: Books, move: Move): void {
  const self = 'who' in move ? principalOf(books, move.who) : null
  switch (move.kind) {
    case 'grant':
      books.grants.push({ ...move.given, to: move.to, over: false })
      return
    case 'revoke':
    case 'expire':
      close(books.grants[move.grant])
      return
    case 'role':
      books.roles.push({ permissions: move.permissions, scopeTypes: move.scopeTypes, deleted: false })
      return
    case 'change role':
      Object.assign(books.roles[move.role] ?? {}, { permissions: move.permissions })
      return
    case 'delete role':
      Object.assign(books.roles[move.role] ?? {}, { deleted: true })
      return
    case 'token': {
      const { of, role, scope, production, endsAt } = move
      books.tokens.push({ of, role, scope, production, endsAt, over: false })
      return
    }
    case 'revoke token':
      close(books.tokens[move.token])
      return
    case 'account':
      books.accounts.push({ project: move.project, active: true })
      return
    case 'invite':
      books.invitations.push({ ...move.given, by: self?.index ?? 0, over: false })
      return
    case 'accept': {
      const invitation = books.invitations[move.invitation]
      if (!invitation) return
      invitation.over = true
      const { role, scope, production, endsAt } = invitation
      const to: Principal = { kind: 'user', index: books.users.push({ active: true }) - 1 }
      books.grants.push({ role, scope, production, endsAt, to, over: false })
      return
    }
    case 'ask':
      books.requests.push({ ...move.given, by: self?.index ?? 0, over: false })
      return
    case 'approve': {
      const request = books.requests[move.request]
      if (!request) return
      request.over = true
      const { role, scope, production, endsAt, by } = request
      books.grants.push({ role, scope, production, endsAt, to: { kind: 'user', index: by }, over: false })
      return
    }
    case 'deactivate':
      Object.assign(books.users[move.user] ?? {}, { active: false })
      return
    case 'offboard':
      Object.assign(books.users[move.user] ?? {}, { active: false })
      for (const row of [
        ...books.grants.filter(({ to }) => isUser(to, move.user)),
        ...books.tokens.filter(({ of }) => isUser(of, move.user)),
      ]) {
        row.over = true
      }
      for (const row of [...books.invitations, ...books.requests]) if (row.by === move.user) row.over = true
      return
    case 'key':
      return
  }
}

function close(row: { over: boolean } | undefined): void {
  if (row) row.over = true
}

const inOrganization = (permission: Right['permission']): Right => ({
  permission,
  spot: { type: 'organization' },
})

function isSame(one: Principal, other: Principal): boolean {
  return one.kind === other.kind && one.index === other.index
}

function isUser(principal: Principal, index: number): boolean {
  return isSame(principal, { kind: 'user', index })
}

function lacks(
  books: Books,
  who: Who,
  permission: Right['permission'],
  spot: Right['spot'],
  endsAt: number | null = 0,
): string | null {
  const end = holds(books, who, { permission, spot })
  return end === NEVER || end < (endsAt ?? FOREVER)
    ? `they lack "${permission}" at ${JSON.stringify(spot)}`
    : null
}

/** The first of the rights that the actor does not hold at least so long. */
function missing(books: Books, who: Who, rights: Right[], end: number): string | null {
  const lacking = rights.find((right) => holds(books, who, right) < Math.max(end, 0))
  return lacking ? `they lack what it gives: ${JSON.stringify(lacking)} until ${end}` : null
}

function givesTooMuch(books: Books, who: Who, { role, scope, production, endsAt }: Given): string | null {
  return missing(books, who, rightsIn(roleAt(books, role, scope.type), scope, production), endsAt ?? FOREVER)
}

/** A role that changes gives to all who hold it, and to the tokens that carry it. */
function changesTooMuch(
  books: Books,
  move: Extract<Move, { kind: 'change role' | 'delete role' }>,
): string | null {
  const held = [...books.grants, ...books.tokens].filter(({ role, over }) => !over && role === move.role)
  if (move.kind === 'delete role') return held.length > 0 ? 'somebody holds this role' : null
  const before = new Set(books.roles[move.role]?.permissions)
  const added = move.permissions.filter((permission) => !before.has(permission))
  for (const { scope, production, endsAt } of held) {
    const changed = {
      ...books,
      roles: [{ ...books.roles[move.role], permissions: added, deleted: false }],
    } as Books
    const rights = rightsIn(roleAt(changed, 0, scope.type), scope, production)
    const problem = missing(books, move.who, rights, endsAt ?? FOREVER)
    if (problem) return problem
  }
  return missing(books, move.who, [...before].map(inOrganization), FOREVER)
}

function tokenTooWide(
  books: Books,
  { who, of, role, scope, production }: Extract<Move, { kind: 'token' }>,
): string | null {
  if (role !== null) return givesTooMuch(books, who, { role, scope, production, endsAt: 0 })
  if (isSame(of, principalOf(books, who)) && who.kind === 'user') return null
  if (of.kind === 'user' && !isSame(of, principalOf(books, who)) && !ownsAll(books, who)) {
    return 'whoever has this token gets all that its owner is given one day'
  }
  return missing(books, who, allRightsOf(books, of), 0)
}

/** Nobody can be given more one day than who has everything. */
function ownsAll(books: Books, who: Who): boolean {
  const everything = roleAt(books, 'owner', 'organization')
  return SPOTS.every((spot) =>
    everything.every((permission) => holds(books, who, { permission, spot }) !== NEVER),
  )
}
