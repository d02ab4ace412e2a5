import type { Ctx } from '../app.ts'
import { keyExplain } from '../contract/key-explain.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { listStandings } from '../db/acknowledgements.ts'
import { type BudgetRow, findBudgets } from '../db/budgets.ts'
import { findKeySnapshotById } from '../db/key-snapshots.ts'
import { findKey, type KeyRow } from '../db/keys.ts'
import { type CredentialSnapshot, readProviderSnapshots } from '../db/provider-snapshots.ts'
import { findScope } from '../db/scopes.ts'
import { databaseTime } from '../db/time.ts'
import { decide } from '../domain/access.ts'
import { standingOf } from '../domain/acknowledgement.ts'
import { stageOf } from '../domain/budget.ts'
import type { Way } from '../domain/call-route.ts'
import { AppError } from '../domain/errors.ts'
import {
  type Explanation,
  explain,
  leftOf,
  type RuleVerdict,
  type Standing,
  type Supposed,
} from '../domain/explain.ts'
import { keyStateAt } from '../domain/key-state.ts'
import { formatUsd } from '../domain/money.ts'
import type { Permission } from '../domain/permission.ts'
import { CONFIDENTIAL, keyPlace, rulePlace } from '../domain/place.ts'
import { ownModelOf } from '../domain/routing.ts'
import type { Scope } from '../domain/scope.ts'
import { mostUsed } from '../domain/tool-use.ts'
import { ADAPTERS } from '../providers/adapters.ts'
import { resolve } from '../providers/catalogue.ts'
import { demo } from '../providers/demo.ts'
import { withSearches } from '../providers/openai-usage.ts'
import { authorize, visible } from './authorize.ts'
import { answersFor } from './key-holder.ts'

type Explained = Output<typeof keyExplain>
type Body = Valid<typeof keyExplain>['body']
type OpenWay = Way<CredentialSnapshot>

/**
 * Says whether a call would pass, by the rules that the gateway decides with, as the tables are now. Of rules that the
 * actor may not read only the level and the answer are shown: what a caller with the key would find out.
 */
export async function explainKey(ctx: Ctx, { params, body }: Valid<typeof keyExplain>): Promise<Explained> {
  const row = visible(ctx.actor, 'key', await findKey(ctx.db, params.keyId), keyPlace)
  authorize(ctx.actor, keyExplain.permission, keyPlace(row))
  const key = await findKeySnapshotById(ctx.db, row.id)
  if (!key) throw new Error('a key that was found has a snapshot')
  const budgetIds = key.budgets.map(({ id }) => id)
  const budgets = new Map((await findBudgets(ctx.db, budgetIds)).map((budget) => [budget.id, budget]))
  const now = await databaseTime(ctx.db)
  const ways =
    body.model === undefined ? [] : await waysOf(ctx, key.credentialIds, body.model, body.operation)
  const call = supposedCall(body, ways)
  const explained = explain(key, call, () => ways, new Map([...budgets].map(standingOfBudget)), now)
  const refusal = key.secretId === null ? NO_SECRET : explained.refusal
  const mayRead = await readerOf(ctx, row, explained)
  return {
    keyId: row.id,
    asOf: now.toISOString(),
    allowed: refusal === null,
    refusal: refusal && presentRefusal(refusal, explained.binding, mayRead),
    key: {
      state: keyStateAt(key, now),
      notBefore: iso(key.notBefore),
      expiresAt: iso(key.expiresAt),
      resumeAt: iso(key.resumeAt),
      ownerAccessEndsAt: key.access === 'none' ? now.toISOString() : iso(key.access),
    },
    call: call && presentCall(call, explained, now),
    trainingOverdue: await overdueTitles(ctx, row, now),
    rules: explained.rules.map((verdict) => ({
      ...presentRule(ctx, verdict, budgets, mayRead(verdict)),
      binds: verdict === explained.binding,
    })),
  }
}

const NO_SECRET = new AppError(
  'invalid_api_key',
  'This key has no secret yet: its owner makes it by opening the delivery.',
)

/** Where the name leads, with the credentials of the key's environment. */
async function waysOf(
  ctx: Ctx,
  credentialIds: readonly string[],
  model: string,
  operation: Body['operation'],
): Promise<OpenWay[]> {
  const { providers, credentials, models } = await readProviderSnapshots(ctx.db)
  const connections = new Map(providers.map((provider) => [provider.id, provider]))
  const own = models.map((model) => ownModelOf(model, connections.get(model.providerId)?.kind))
  const bound = credentials.filter(({ id }) => credentialIds.includes(id))
  return resolve(model, providers, own, ctx.clock()).flatMap((route) => {
    const connection = connections.get(route.providerId)
    if (!connection) return []
    const adapter = connection.kind === 'demo' ? demo : ADAPTERS[connection.kind]
    return {
      ...route,
      providerName: connection.name,
      serves: adapter?.paths[operation] !== undefined,
      credentials: bound.filter(({ providerId }) => providerId === connection.id),
    }
  })
}

function supposedCall(body: Body, ways: readonly OpenWay[]): Supposed | null {
  const { model, operation, hostedTools, choices, inputTokens, maxOutputTokens, serviceTier, ip } = body
  if (model === undefined) return null
  const tools = mostUsed(hostedTools)
  return {
    operation,
    model,
    hostedTools,
    ip: ip ?? null,
    shape: {
      bytes: inputTokens,
      hasTools: hostedTools.length > 0,
      predicts: false,
      unboundedInput: hostedTools.length > 0,
      outputCap: maxOutputTokens ?? null,
      choices,
      images: operation === 'images.generations' ? choices : 0,
      tools: ways.reduce((tools, { upstreamModel }) => withSearches(upstreamModel, tools), tools),
      serviceTier: serviceTier ?? null,
    },
  }
}

function standingOfBudget([id, row]: [string, BudgetRow]): [string, Standing] {
  const { totalLimitNanoUsd: limitNanoUsd, totalSpentNanoUsd: spentNanoUsd, resetsAt } = row
  return [id, { limitNanoUsd, spentNanoUsd, resetsAt }]
}

const READ: Record<RuleVerdict['kind'], Permission> = {
  policy: 'policy:read',
  budget: 'budget:read',
  'rate-limit': 'rate-limit:read',
}

/**
 * What the actor may read: the rules of the scopes where they may; and of their own key what is set on it and on them,
 * and the limit that refuses them, which the gateway tells them as well. Of a policy it tells no more than the refusal.
 */
async function readerOf(
  ctx: Ctx,
  row: KeyRow,
  { rules, binding }: Explanation<OpenWay>,
): Promise<(verdict: RuleVerdict) => boolean> {
  const own = ctx.actor.self !== null && ctx.actor.self === row.userId
  const scopes = new Map(rules.map(({ rule: { scope } }) => [scope.id, scope]))
  const places = new Map(
    await Promise.all([...scopes].map(async ([id, scope]) => [id, await placeOf(ctx, scope)] as const)),
  )
  return (verdict) => {
    const { kind, refusal, rule } = verdict
    const { scope } = rule
    if (own && (scope.type === 'key' || scope.type === 'user')) return true
    if (own && kind !== 'policy' && refusal !== null && verdict === binding) return true
    const place = places.get(scope.id)
    return place != null && decide(ctx.actor, READ[kind], place).allowed
  }
}

async function placeOf(ctx: Ctx, scope: Scope) {
  const found = await findScope(ctx.db, scope)
  return found ? rulePlace(found) : null
}

function presentRefusal(
  { code, message, status }: AppError,
  binding: RuleVerdict | null,
  mayRead: (verdict: RuleVerdict) => boolean,
): Explained['refusal'] {
  if (binding === null || binding.kind === 'policy' || mayRead(binding)) return { code, message, status }
  const { type } = binding.rule.scope
  return { code, status, message: `A rule of the ${type.replace('_', ' ')} refuses this call.` }
}

function presentCall(
  { model, operation }: Supposed,
  { way, hold }: Explanation<OpenWay>,
  now: Date,
): Explained['call'] {
  return {
    model,
    operation,
    route: way && {
      providerId: way.providerId,
      provider: way.providerName,
      upstreamModel: way.upstreamModel,
      credentials: way.credentials.length,
      credentialsInUse: way.credentials.filter((credential) => isInUse(credential, now)).length,
      priceVersion: way.price?.version ?? null,
    },
    hold: hold && {
      usd: formatUsd(hold.holdNanoUsd),
      inputTokens: hold.bound.inputTokens,
      outputTokens: hold.bound.outputTokens,
      rateTokens: hold.holdTokens,
      outputCutTo: hold.clampedTo,
    },
  }
}

function isInUse({ state, parkedUntil }: CredentialSnapshot, now: Date): boolean {
  return state === 'active' || (parkedUntil !== null && parkedUntil <= now)
}

/** Who answers for the key knows what they have still to read, and so does who may look at all acknowledgements. */
async function overdueTitles(ctx: Ctx, row: KeyRow, now: Date): Promise<string[] | null> {
  const userId = await answersFor(ctx, row)
  if (userId === null) return []
  const theirs = ctx.actor.self === userId || decide(ctx.actor, 'acknowledgement:read', CONFIDENTIAL).allowed
  if (!theirs) return null
  const missing = await listStandings(ctx.db, { userId, required: true, missing: true })
  return missing.filter((standing) => standingOf(standing, now) === 'overdue').map(({ title }) => title)
}

function presentRule(
  { ledger }: Ctx,
  verdict: RuleVerdict,
  budgets: ReadonlyMap<string, BudgetRow>,
  readable: boolean,
): Omit<Explained['rules'][number], 'binds'> {
  const { kind, rule, refusal } = verdict
  return {
    kind,
    id: readable && verdict.kind !== 'policy' ? verdict.rule.id : null,
    scope: rule.scope,
    allows: verdict.asked ? refusal === null : null,
    code: refusal?.code ?? null,
    readable,
    policy: readable && verdict.kind === 'policy' ? presentPolicy(verdict.rule) : null,
    budget: readable && verdict.kind === 'budget' ? presentBudget(verdict.rule, budgets) : null,
    rateLimit: readable && verdict.kind === 'rate-limit' ? presentRateLimit(ledger, verdict.rule) : null,
  }
}

type RuleOf<Kind extends RuleVerdict['kind']> = Extract<RuleVerdict, { kind: Kind }>['rule']

function presentPolicy({ scope: _, ...rules }: RuleOf<'policy'>) {
  const { models, operations, providers, hostedTools, maxOutputTokens, ipAllowlist, ipMode } = rules
  return {
    models: models && [...models],
    operations: operations && [...operations],
    providers: providers && [...providers],
    hostedTools: hostedTools && [...hostedTools],
    maxOutputTokens,
    ipAllowlist: ipAllowlist && [...ipAllowlist],
    ipMode,
  }
}

function presentBudget(budget: RuleOf<'budget'>, budgets: ReadonlyMap<string, BudgetRow>) {
  const { id, name, kind, window, onShort, providerId, modelPattern } = budget
  const row = budgets.get(id)
  // Deleted since the key was read: it counts no more.
  if (!row) return null
  const [, standing] = standingOfBudget([id, row])
  const { limitNanoUsd, spentNanoUsd, resetsAt } = standing
  return {
    name,
    kind,
    period: window,
    onShort,
    limitUsd: formatUsd(limitNanoUsd),
    spentUsd: formatUsd(spentNanoUsd),
    leasedUsd: formatUsd(row.totalLeasedNanoUsd),
    remainingUsd: formatUsd(leftOf(standing)),
    resetsAt: iso(resetsAt),
    stage: stageOf(budget, spentNanoUsd, limitNanoUsd),
    providerId,
    modelPattern,
  }
}

function presentRateLimit(ledger: Ctx['ledger'], limit: RuleOf<'rate-limit'>) {
  const { requestsPerMinute, tokensPerMinute, concurrentCalls, providerId, modelPattern } = limit
  const figures = { requestsPerMinute, tokensPerMinute, concurrentCalls }
  return { ...figures, left: ledger.rateLeft(limit), providerId, modelPattern }
}

function iso(time: Date | null): string | null {
  return time?.toISOString() ?? null
}
