import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import {
  trustRuleCreate,
  type trustRuleDelete,
  trustRuleList,
  trustRuleUpdate,
  trustRuleView,
} from '../contract/trust-rules.ts'
import { findEnvironment } from '../db/environments.ts'
import { endGracePeriods } from '../db/key-secrets.ts'
import { lockKey, setKey } from '../db/keys.ts'
import { notify } from '../db/notify.ts'
import { databaseTime } from '../db/time.ts'
import { transaction } from '../db/transaction.ts'
import {
  findTrustRule,
  insertTrustRule,
  listTrustRules,
  lockTrustRule,
  setTrustRule,
  type TrustRuleRow,
} from '../db/trust-rules.ts'
import { keyStateAt } from '../domain/key-state.ts'
import { environmentPlace, type Place } from '../domain/place.ts'
import type { ClaimPatterns } from '../domain/trust-rule.ts'
import { newId } from '../ids.ts'
import { switchedAt } from './archive.ts'
import { audit } from './audit.ts'
import { authorize, visible, within } from './authorize.ts'
import { requireAcknowledged } from './gate.ts'
import { makeKey } from './keys.ts'
import { pageOf } from './page.ts'
import { showKey } from './present-key.ts'
import { requireVersion } from './require-version.ts'

type TrustRule = Output<typeof trustRuleView>

/** Creates a rule and the key that it gives secrets of: what that key may do is what the workload may do. */
export async function createTrustRule(
  ctx: Ctx,
  { body }: Valid<typeof trustRuleCreate>,
): Promise<Output<typeof trustRuleCreate>> {
  const { policy, rateLimit, budgets, environmentId, serviceAccountId, claims, jwks, ...rule } = body
  return transaction(ctx, async (ctx) => {
    const found = await findEnvironment(ctx.db, environmentId)
    const environment = visible(ctx.actor, 'environment', found, environmentPlace)
    authorize(ctx.actor, trustRuleCreate.permission, environmentPlace(environment))
    await requireAcknowledged(ctx, ctx.actor.userId)
    const id = newId('trl')
    const { key } = await makeKey(
      ctx,
      {
        environmentId,
        serviceAccountId,
        name: `${rule.name.slice(0, NAME_ROOM)} (${id.slice(-SHORT_ID)})`,
        purpose: `Secrets of it come from the trust rule ${id}.`,
        tags: {},
        policy,
        rateLimit,
        budgets,
      },
      { deliver: true },
    )
    await insertTrustRule(ctx.db, {
      id,
      ...rule,
      serviceAccountId,
      keyId: key.id,
      claims: JSON.stringify(claims),
      jwks: jwks === undefined ? null : JSON.stringify(jwks),
      createdBy: ctx.actor.id,
    })
    const after = await readRule(ctx, id)
    const { teamId, projectId } = environment
    await audit(ctx, { action: 'trust-rule.create', targetId: id, teamId, projectId, after })
    return after
  })
}

/** A key is called like its rule, and no key of its environment is called so already. */
const NAME_ROOM = 100
const SHORT_ID = 8

export async function listTrustRulesFor(
  ctx: Ctx,
  { query }: Valid<typeof trustRuleList>,
): Promise<Output<typeof trustRuleList>> {
  const reach = within(ctx.actor, trustRuleList.permission, query)
  const { limit, ...filter } = query
  const rows = await listTrustRules(ctx.db, { ...filter, within: reach, limit: limit + 1 })
  return pageOf(rows, limit, presentRule)
}

export async function viewTrustRule(
  ctx: Ctx,
  { params }: Valid<typeof trustRuleView>,
): Promise<Output<typeof trustRuleView>> {
  const row = visible(ctx.actor, 'trust rule', await findTrustRule(ctx.db, params.trustRuleId), rulePlace)
  authorize(ctx.actor, trustRuleView.permission, rulePlace(row))
  return presentRule(row)
}

/** Changes a rule. When it trusts others, or nobody, the secrets that it gave end now: who still may gets a new one. */
export async function updateTrustRule(
  ctx: Ctx,
  { params, body }: Valid<typeof trustRuleUpdate>,
): Promise<Output<typeof trustRuleUpdate>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockRuleFor(ctx, params.trustRuleId)
    const { disabled, claims, jwks, ...values } = body
    const disabledAt = switchedAt(disabled, row.disabledAt, ctx.clock())
    await setTrustRule(ctx.db, row.id, {
      ...values,
      disabledAt,
      claims: claims && JSON.stringify(claims),
      jwks: jwks && JSON.stringify(jwks),
    })
    const trustsOthers = [body.audience, claims, jwks].some((changed) => changed !== undefined)
    if (trustsOthers || disabled) await endSecrets(ctx, row)
    const before = presentRule(row)
    const after = await readRule(ctx, row.id)
    const { teamId, projectId } = row
    await audit(ctx, { action: 'trust-rule.update', targetId: row.id, teamId, projectId, before, after })
    return after
  })
}

export async function deleteTrustRule(ctx: Ctx, { params }: Valid<typeof trustRuleDelete>): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const row = await lockRuleFor(ctx, params.trustRuleId)
    const { teamId, projectId } = row
    const now = await endSecrets(ctx, row)
    await setTrustRule(ctx.db, row.id, { deletedAt: now })
    const before = presentRule(row)
    await audit(ctx, { action: 'trust-rule.delete', targetId: row.id, teamId, projectId, before })
    const key = await lockKey(ctx.db, row.keyId)
    if (!key || keyStateAt(key, now) === 'revoked') return
    const keyBefore = await showKey(ctx, row.keyId)
    await setKey(ctx.db, row.keyId, { state: 'revoked', revokedAt: now, resumeAt: null })
    await audit(ctx, {
      action: 'key.revoke',
      targetId: row.keyId,
      teamId,
      projectId,
      before: keyBefore,
      after: await showKey(ctx, row.keyId),
      reason: 'its trust rule was deleted',
    })
  })
}

async function lockRuleFor(ctx: Ctx, ruleId: string): Promise<TrustRuleRow> {
  const row = visible(ctx.actor, 'trust rule', await lockTrustRule(ctx.db, ruleId), rulePlace)
  authorize(ctx.actor, trustRuleUpdate.permission, rulePlace(row))
  requireVersion(ctx, 'trust rule', row)
  return row
}

/** The rule is locked, so that no exchange adds one after this. */
async function endSecrets(ctx: Ctx, { keyId }: TrustRuleRow): Promise<Date> {
  const now = await databaseTime(ctx.db)
  await endGracePeriods(ctx.db, keyId, now)
  await notify(ctx, { topic: 'key', id: keyId })
  return now
}

function rulePlace({ projectId, teamId, environmentKind }: TrustRuleRow): Place {
  return environmentPlace({ projectId, teamId, kind: environmentKind })
}

async function readRule(ctx: Ctx, ruleId: string): Promise<TrustRule> {
  return presentRule(visible(ctx.actor, 'trust rule', await findTrustRule(ctx.db, ruleId), rulePlace))
}

function presentRule(row: TrustRuleRow): TrustRule {
  return {
    id: row.id,
    serviceAccountId: row.serviceAccountId,
    keyId: row.keyId,
    environmentId: row.environmentId,
    projectId: row.projectId,
    teamId: row.teamId,
    name: row.name,
    issuer: row.issuer,
    audience: row.audience,
    // These two were written above, from the contract.
    claims: row.claims as ClaimPatterns,
    jwks: row.jwks as TrustRule['jwks'],
    ttlSeconds: row.ttlSeconds,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    disabledAt: row.disabledAt?.toISOString() ?? null,
    version: row.version,
  }
}
