import { setImmediate } from 'node:timers/promises'
import type { Ctx } from '../app.ts'
import { policyDryRun } from '../contract/dry-runs.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { boundDryRun, type CallGroup, groupCalls } from '../db/dry-runs.ts'
import { findPoliciesInForce } from '../db/key-snapshots.ts'
import { namesOf } from '../db/names.ts'
import { findOrganization } from '../db/organization.ts'
import { transaction } from '../db/transaction.ts'
import { requireAllowed } from '../domain/call-route.ts'
import { AppError, type ErrorCode } from '../domain/errors.ts'
import { addressRefusal } from '../domain/key-use.ts'
import { formatUsd } from '../domain/money.ts'
import { outputCap, type Policy } from '../domain/policy.ts'
import type { Scope } from '../domain/scope.ts'
import { alone } from './alone.ts'
import { within } from './authorize.ts'
import { asksForLess, MOST_LINES, percentOf, rangeOf } from './dry-run.ts'
import { requireProviderNames } from './policies.ts'
import { reachScope } from './rule-scope.ts'

type Outcome = Output<typeof policyDryRun>
type Body = Valid<typeof policyDryRun>['body']

/** Kinds of calls that one dry run can keep apart. */
const MOST_GROUPS = 200_000
/** After this long calls of the gateway, which wait in the same thread, have their turn. */
const TURN_MS = 5

/** Goes through the calls of the last days with the policy in place of the one that the scope has. Changes nothing. */
export async function dryRunPolicy(ctx: Ctx, { params, body }: Valid<typeof policyDryRun>): Promise<Outcome> {
  const wanted = { type: params.scopeType, id: params.scopeId }
  const { type, id } = await reachScope(ctx, policyDryRun.permission, wanted)
  const scope = { type, id }
  const reach = within(ctx.actor, policyDryRun.permission)
  await requireProviderNames(ctx, body.providers, '/body/providers')
  const range = await rangeOf(ctx, body.days)
  return alone('a dry run of a policy', async () => {
    const groups = await asksForLess(() =>
      transaction(ctx, async ({ db }) => {
        await boundDryRun(db)
        const byIp = body.ipAllowlist !== null && body.ipMode === 'enforce'
        const asked = { byIp, outputCap: body.maxOutputTokens, most: MOST_GROUPS + 1 }
        return groupCalls(db, { scope, ...range, within: reach }, asked)
      }),
    )
    if (groups.length > MOST_GROUPS) {
      throw new AppError(
        'invalid_request',
        'These are too many different calls to go through at once: ask for fewer days, or for a narrower scope.',
      )
    }
    const rules = await rulesOf(ctx, scope, body, groups)
    return outcomeOf(ctx, body, range, groups, rules)
  })
}

/** The policies of a call's levels, as they are and as they would be. */
type Rules = (group: CallGroup) => { now: readonly Policy[]; changed: readonly Policy[] }

async function rulesOf(ctx: Ctx, scope: Scope, body: Body, groups: readonly CallGroup[]): Promise<Rules> {
  const organization = await findOrganization(ctx.db)
  // A key does not move: all of its groups have its levels.
  const levels = new Map<string, readonly string[]>()
  for (const group of groups) {
    if (!levels.has(group.keyId)) levels.set(group.keyId, levelsOf(group, organization?.id ?? null))
  }
  const ids = new Set([scope.id, ...[...levels.values()].flat()])
  const found = await findPoliciesInForce(ctx.db, [...ids])
  const byScope = new Map(found.map((policy) => [policy.scope.id, policy]))
  const widenedBy = byScope.get(scope.id)?.widenedBy ?? []
  const { days: _, ...proposed } = body
  const change: Policy = {
    ...proposed,
    scope,
    models: proposed.models && [...proposed.models, ...widenedBy],
  }
  const rules = new Map(
    [...levels].map(([keyId, at]) => {
      const now = at.flatMap((id) => byScope.get(id) ?? [])
      const changed = at.flatMap((id) => (id === scope.id ? change : (byScope.get(id) ?? [])))
      return [keyId, { now, changed }]
    }),
  )
  return ({ keyId }) => rules.get(keyId) ?? NO_RULES
}

const NO_RULES = { now: [], changed: [] }

/** The scopes that a call's policies may be set on, the widest first. */
function levelsOf(group: CallGroup, organizationId: string | null): string[] {
  const { teamId, projectId, environmentId, userId, serviceAccountId, keyId } = group
  return [organizationId, teamId, projectId, environmentId, userId, serviceAccountId, keyId].flatMap(
    (id) => id ?? [],
  )
}

type Line = Outcome['data'][number]
type Sum = Omit<Line, 'calls' | 'costUsd' | 'firstAt' | 'lastAt'> &
  Pick<CallGroup, 'calls' | 'costNanoUsd' | 'firstAt' | 'lastAt'>

async function outcomeOf(
  ctx: Ctx,
  body: Body,
  { from, to }: { from: Date; to: Date },
  groups: readonly CallGroup[],
  rules: Rules,
): Promise<Outcome> {
  const sums = new Map<string, Sum>()
  let refusedAnyway = 0n
  let shortened = 0n
  let turnEndsMs = performance.now() + TURN_MS
  for (const group of groups) {
    if (performance.now() > turnEndsMs) {
      await setImmediate()
      turnEndsMs = performance.now() + TURN_MS
    }
    const { now, changed } = rules(group)
    if (codeOf(now, group) !== null) {
      refusedAnyway += group.calls
      continue
    }
    const code = codeOf(changed, group)
    if (code !== null) add(sums, group, code)
    else if (
      (outputCap(now) ?? Number.POSITIVE_INFINITY) > (body.maxOutputTokens ?? Number.POSITIVE_INFINITY)
    )
      shortened += group.longCalls
  }
  const lines = [...sums.values()].sort(
    (one, other) => Number(other.costNanoUsd - one.costNanoUsd) || Number(other.calls - one.calls),
  )
  const shown = lines.slice(0, MOST_LINES)
  const cost = total(groups, 'costNanoUsd')
  const blocked = total(lines, 'costNanoUsd')
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    calls: Number(total(groups, 'calls')),
    costUsd: formatUsd(cost),
    blocked: {
      calls: Number(total(lines, 'calls')),
      keys: new Set(lines.map(({ keyId }) => keyId)).size,
      costUsd: formatUsd(blocked),
      costPercent: percentOf(blocked, cost),
      firstAt: extreme(lines, 'firstAt', Math.min),
      lastAt: extreme(lines, 'lastAt', Math.max),
    },
    data: shown.map(({ calls, costNanoUsd, firstAt, lastAt, ...line }) => ({
      ...line,
      calls: Number(calls),
      costUsd: formatUsd(costNanoUsd),
      firstAt: firstAt.toISOString(),
      lastAt: lastAt.toISOString(),
    })),
    truncated: lines.length > shown.length,
    names: await namesOf(ctx.db, [...new Set(shown.map(({ keyId }) => keyId))]),
    refusedAnyway: Number(refusedAnyway),
    shortenedCalls: Number(shortened),
    notChecked: body.hostedTools === null ? [] : ['hostedTools'],
  }
}

/** What the gateway would have said, going by the names that the call went by; null when it would have let it in. */
function codeOf(policies: readonly Policy[], group: CallGroup): ErrorCode | null {
  const address = group.ip === null ? null : addressRefusal({ policies }, group.ip)
  if (address) return address.code
  try {
    requireAllowed(policies, group, group.provider)
    return null
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

function add(sums: Map<string, Sum>, group: CallGroup, code: ErrorCode): void {
  const { keyId, model, operation, calls, costNanoUsd, firstAt, lastAt } = group
  const name = JSON.stringify([keyId, model, operation, code])
  const known = sums.get(name)
  sums.set(name, {
    keyId,
    model,
    operation,
    code,
    calls: (known?.calls ?? 0n) + calls,
    costNanoUsd: (known?.costNanoUsd ?? 0n) + costNanoUsd,
    firstAt: known && known.firstAt < firstAt ? known.firstAt : firstAt,
    lastAt: known && known.lastAt > lastAt ? known.lastAt : lastAt,
  })
}

function total<Name extends 'calls' | 'costNanoUsd'>(
  rows: readonly Record<Name, bigint>[],
  name: Name,
): bigint {
  return rows.reduce((sum, row) => sum + row[name], 0n)
}

function extreme(
  lines: readonly Sum[],
  name: 'firstAt' | 'lastAt',
  pick: (...times: number[]) => number,
): string | null {
  return lines.length === 0
    ? null
    : new Date(
        lines.map((line) => line[name].getTime()).reduce((one, other) => pick(one, other)),
      ).toISOString()
}
