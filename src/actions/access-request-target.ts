import type { Ctx } from '../app.ts'
import type { accessRequestCreate } from '../contract/access-requests.ts'
import type { Valid } from '../contract/operation.ts'
import type { AccessRequestRow } from '../db/access-requests.ts'
import { type BudgetRow, findBudget } from '../db/budgets.ts'
import { findEnvironment } from '../db/environments.ts'
import { findKey } from '../db/keys.ts'
import { findProject } from '../db/projects.ts'
import { findRateLimit } from '../db/rate-limits.ts'
import type { Lying } from '../db/scopes.ts'
import { findServiceAccount } from '../db/service-accounts.ts'
import { findTeam } from '../db/teams.ts'
import {
  environmentPlace,
  keyPlace,
  type Place,
  projectPlace,
  rulePlace,
  serviceAccountPlace,
  teamPlace,
} from '../domain/place.ts'
import type { ScopeType } from '../domain/scope.ts'
import { requireUnarchived } from './archive.ts'
import { visible } from './authorize.ts'
import { invalid } from './invalid.ts'

type Body = Valid<typeof accessRequestCreate>['body']

/** What a request is about, and where it lies: that decides who may approve it. */
export type RequestTarget = Pick<
  AccessRequestRow,
  'targetType' | 'targetId' | 'teamId' | 'projectId' | 'production'
>

/** Finds what the request is about, which who asks must be able to see. The contract let one id through. */
export async function findTarget(ctx: Ctx, body: Body): Promise<RequestTarget> {
  const { teamId, projectId, environmentId, keyId, budgetId, rateLimitId } = body
  if (teamId !== undefined) {
    const team = visible(ctx.actor, 'team', await findTeam(ctx.db, teamId), ({ id }) => teamPlace(id))
    requireUnarchived('team', team)
    const place = { ...teamPlace(team.id), production: reachesProduction(body) }
    return at('team', team.id, place, '/body/teamId')
  }
  if (projectId !== undefined) {
    const project = visible(ctx.actor, 'project', await findProject(ctx.db, projectId), projectPlace)
    requireUnarchived('project', project)
    const place = { ...projectPlace(project), production: reachesProduction(body) }
    return at('project', project.id, place, '/body/projectId')
  }
  if (environmentId !== undefined) {
    const found = await findEnvironment(ctx.db, environmentId)
    const environment = visible(ctx.actor, 'environment', found, environmentPlace)
    requireUnarchived('environment', environment)
    if (body.serviceAccountId !== undefined) {
      await requireOwnAccount(ctx, body.serviceAccountId, environment.projectId)
    }
    return at('environment', environment.id, environmentPlace(environment), '/body/environmentId')
  }
  if (keyId !== undefined) {
    const key = visible(ctx.actor, 'key', await findKey(ctx.db, keyId), keyPlace)
    if (key.state === 'revoked' || key.state === 'expired')
      throw invalid('/body/keyId', `this key is ${key.state}`)
    return at('key', key.id, keyPlace(key), '/body/keyId')
  }
  if (budgetId !== undefined) {
    const budget = visible(ctx.actor, 'budget', await findBudget(ctx.db, budgetId), placeOfRule)
    requireRaisable(budget)
    return at('budget', budget.id, placeOfRule(budget), '/body/budgetId')
  }
  const rateLimit = visible(
    ctx.actor,
    'rate limit',
    rateLimitId === undefined ? undefined : await findRateLimit(ctx.db, rateLimitId),
    placeOfRule,
  )
  return at('rate_limit', rateLimit.id, placeOfRule(rateLimit), '/body/rateLimitId')
}

/** Nobody could approve it: see `addBudgetRaise`. */
function requireRaisable({ period, perMember }: BudgetRow): void {
  if (period === 'credits') {
    throw invalid('/body/budgetId', 'credits are granted, by who may set budgets here: ask them')
  }
  if (perMember) throw invalid('/body/budgetId', 'this is for each member: name your own part of it')
}

/** Its secret is opened by who asks, and they answer for what it is used for. */
async function requireOwnAccount(ctx: Ctx, accountId: string, projectId: string): Promise<void> {
  const found = await findServiceAccount(ctx.db, accountId)
  const account = visible(ctx.actor, 'service account', found, serviceAccountPlace)
  if (account.projectId !== projectId || account.deactivatedAt) {
    throw invalid(
      '/body/serviceAccountId',
      'the project of this environment has no such active service account',
    )
  }
  if (account.ownerUserId !== ctx.actor.userId) {
    throw invalid(
      '/body/serviceAccountId',
      'ask for keys of service accounts that you answer for (--owner-user)',
    )
  }
}

/** Models for a whole project or team are models for its production too. */
function reachesProduction({ kind }: Body): boolean {
  return kind === 'production' || kind === 'model'
}

function at(
  targetType: RequestTarget['targetType'],
  targetId: string,
  { teamId, projectId, production }: Place,
  pointer: string,
): RequestTarget {
  if (teamId === null) {
    throw invalid(pointer, 'this is of the whole organization: ask an owner or admin to change it')
  }
  return { targetType, targetId, teamId, projectId, production }
}

function placeOfRule(row: Lying & { scopeType: string }): Place {
  // Written only with scopes of these types.
  return rulePlace({ ...row, scopeType: row.scopeType as ScopeType })
}
