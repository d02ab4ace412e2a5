import type { EnvironmentKind, ScopeType } from './scope.ts'

/** Where a thing lies: all that decides, on its side, who may see and change it. */
export type Place = {
  /** Null is the organization's own. */
  teamId: string | null
  /** Null is the team's own. */
  projectId: string | null
  production: boolean
  /** Whose it is: an owner of a key may always see, rotate and revoke it, and see its usage. */
  ownerUserId: string | null
  /** Only those with a role in the whole of it, the organization or the team, may know of it. */
  confidential: boolean
}

const PLAIN = { teamId: null, projectId: null, production: false, ownerUserId: null, confidential: false }

/** The organization's own, which everybody in it may know of: its name, providers, models, roles. */
export const ORGANIZATION: Place = PLAIN

/** The organization's own, which is not everybody's business: users, credentials, tokens of the whole of it. */
export const CONFIDENTIAL: Place = { ...PLAIN, confidential: true }

export function teamPlace(teamId: string): Place {
  return { ...PLAIN, teamId }
}

/** What concerns a team as a whole: who holds roles in it, its tokens, its budgets. */
export function wholeTeamPlace(teamId: string): Place {
  return { ...PLAIN, teamId, confidential: true }
}

export function projectPlace({ id, teamId }: { id: string; teamId: string }): Place {
  return { ...PLAIN, teamId, projectId: id }
}

export function environmentPlace(environment: {
  projectId: string
  teamId: string
  kind: EnvironmentKind
}): Place {
  const { projectId, teamId, kind } = environment
  return { ...PLAIN, teamId, projectId, production: kind === 'production' }
}

export function serviceAccountPlace({ projectId, teamId }: { projectId: string; teamId: string }): Place {
  return { ...PLAIN, teamId, projectId }
}

export function keyPlace(key: {
  projectId: string
  teamId: string
  environmentKind: EnvironmentKind
  userId: string | null
}): Place {
  const { projectId, teamId, environmentKind, userId } = key
  return {
    ...PLAIN,
    teamId,
    projectId,
    production: environmentKind === 'production',
    ownerUserId: userId,
  }
}

/** The place of what has at most a team and a project: a grant, a token, an audit event. */
export function heldPlace({ teamId, projectId }: { teamId: string | null; projectId: string | null }): Place {
  if (teamId === null) return CONFIDENTIAL
  return projectId === null ? wholeTeamPlace(teamId) : projectPlace({ id: projectId, teamId })
}

/** A scope to which a policy, a budget or a rate limit is attached, as it was found. */
export type FoundScope = {
  scopeType: ScopeType
  teamId: string | null
  projectId: string | null
  production: boolean
  ownerUserId: string | null
}

/** Where the rules attached to a scope lie, for those who read them. */
export function rulePlace(scope: FoundScope): Place {
  const { scopeType, teamId, projectId, production, ownerUserId } = scope
  return {
    teamId,
    projectId,
    production,
    ownerUserId,
    confidential: scopeType === 'user' || scopeType === 'team',
  }
}

/**
 * Where one must be allowed to change the rules attached to a scope. What is set on a whole is what the level above
 * allows it: a team's budget is the organization's to set, a project's the team's. And it binds production too, so it
 * takes production; what binds one environment takes it where that is production.
 */
export function ruleSetterPlace(scope: FoundScope): Place {
  switch (scope.scopeType) {
    case 'organization':
    case 'team':
    case 'user':
      return { ...ORGANIZATION, production: true }
    case 'project': {
      const place = scope.teamId === null ? ORGANIZATION : wholeTeamPlace(scope.teamId)
      return { ...place, production: true }
    }
    case 'service_account':
      return { ...rulePlace(scope), production: true }
    case 'environment':
    case 'key':
      return rulePlace(scope)
  }
}
