import type { z } from 'zod'
import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { PolicyRules, policyList, policySet, policyView } from '../contract/policies.ts'
import { notify } from '../db/notify.ts'
import { findPolicy, listPolicies, lockPolicy, type PolicyRow, setPolicy } from '../db/policies.ts'
import { listLiveProviders } from '../db/providers.ts'
import { transaction } from '../db/transaction.ts'
import { AppError } from '../domain/errors.ts'
import type { Scope } from '../domain/scope.ts'
import { audit } from './audit.ts'
import { within } from './authorize.ts'
import { requireHostedToolsAbove } from './hosted-tools-above.ts'
import { invalid } from './invalid.ts'
import { pageOf } from './page.ts'
import { reachAtVersion, requireVersion } from './require-version.ts'
import { type RuleScope, reachScope } from './rule-scope.ts'

export async function listPoliciesFor(
  ctx: Ctx,
  { query }: Valid<typeof policyList>,
): Promise<Output<typeof policyList>> {
  const reach = within(ctx.actor, policyList.permission)
  const { limit, cursor, scopeType, exceptScopeType } = query
  const filter = { limit: limit + 1, cursor, scopeType, exceptScopeType, within: reach }
  const rows = await listPolicies(ctx.db, filter)
  return pageOf(rows, limit, presentPolicy)
}

export async function viewPolicy(
  ctx: Ctx,
  { params }: Valid<typeof policyView>,
): Promise<Output<typeof policyView>> {
  const scope = await reachScope(ctx, policyView.permission, { type: params.scopeType, id: params.scopeId })
  const row = await findPolicy(ctx.db, scope)
  return row ? presentPolicy(row) : silentPolicy(scope)
}

export async function setPolicyOf(
  ctx: Ctx,
  { params, body }: Valid<typeof policySet>,
): Promise<Output<typeof policySet>> {
  return transaction(ctx, async (ctx) => {
    const target = { type: params.scopeType, id: params.scopeId }
    const scope = await reachAtVersion(
      ctx,
      'policy',
      () => reachScope(ctx, policySet.permission, target),
      async () => (await findPolicy(ctx.db, target)) ?? { version: 0 },
    )
    const row = await lockPolicy(ctx.db, scope)
    requireVersion(ctx, 'policy', row ?? { version: 0 })
    return writePolicy(ctx, scope, body, { before: row && presentPolicy(row), pointer: '/body' })
  })
}

/** Writes the policy of a scope that the actor was let into. `pointer` is where the rules are in the input. */
export async function writePolicy(
  ctx: Ctx,
  { type, id, teamId, projectId }: RuleScope,
  rules: z.output<typeof PolicyRules>,
  { before, pointer }: { before?: Output<typeof policyView> | undefined; pointer: string },
): Promise<Output<typeof policyView>> {
  await requireProviderNames(ctx, rules.providers, `${pointer}/providers`)
  await requireHostedToolsAbove(ctx, teamId, rules.hostedTools)
  const row = await setPolicy(ctx.db, { ...rules, scopeType: type, scopeId: id }, before?.version ?? 0)
  if (!row)
    throw new AppError('conflict', 'Somebody else set this policy at the same time. Look at it again.')
  const after = presentPolicy(row)
  await audit(ctx, {
    action: 'policy.set',
    targetId: id,
    teamId,
    projectId,
    ...(before && { before }),
    after,
  })
  await notify(ctx, { topic: 'access' })
  return after
}

/** Refuses a list with a name that no provider has. */
export async function requireProviderNames(
  ctx: Ctx,
  names: readonly string[] | null,
  pointer: string,
): Promise<void> {
  if (names === null) return
  const known = new Set((await listLiveProviders(ctx.db)).map(({ name }) => name))
  const stranger = names.findIndex((name) => !known.has(name))
  if (stranger >= 0) throw invalid(`${pointer}/${stranger}`, 'there is no provider with this name')
}

function silentPolicy({ type, id }: Scope): Output<typeof policyView> {
  return { scope: { type, id }, ...PolicyRules.parse({}), updatedAt: null, version: 0 }
}

function presentPolicy(row: PolicyRow): Output<typeof policyView> {
  // What is stored is text to the database; it was checked against the same lists when it was written.
  const rules = row as unknown as z.output<typeof PolicyRules>
  return {
    scope: { type: row.scopeType as Scope['type'], id: row.scopeId },
    models: rules.models,
    operations: rules.operations,
    providers: rules.providers,
    hostedTools: rules.hostedTools,
    maxOutputTokens: rules.maxOutputTokens,
    ipAllowlist: rules.ipAllowlist,
    ipMode: rules.ipMode,
    updatedAt: row.updatedAt.toISOString(),
    version: row.version,
  }
}
