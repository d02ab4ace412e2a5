import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import { type Budget, type BudgetLines, lineOf } from '../domain/budget.ts'
import { MAX_NANO_USD, type NanoUsd } from '../domain/money.ts'
import type { HostedTool, OperationName } from '../domain/operations.ts'
import type { Scope, ScopeType } from '../domain/scope.ts'
import { whereWithin } from './within.ts'

/**
 * Which real calls are gone through again: those that were let in. What was refused then is not among them. `userId`:
 * only those with this member's keys.
 */
export type Replay = { scope: Scope; userId?: string | null; from: Date; to: Date; within: Within }

/** A dry run may take this long, and then asks for less. */
const STATEMENT_SECONDS = 20

/** Within a transaction: bounds what comes after it in time. */
export async function boundDryRun(db: Db): Promise<void> {
  await sql`select set_config('statement_timeout', ${`${STATEMENT_SECONDS}s`}, true)`.execute(db)
}

/** PostgreSQL cancelled a statement that took too long. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57014'
}

/** Calls that are alike in all that a policy looks at. */
export type CallGroup = {
  keyId: string
  userId: string | null
  serviceAccountId: string | null
  /** Null for a key that is not there any more. */
  environmentId: string | null
  projectId: string | null
  teamId: string | null
  operation: OperationName
  model: string | null
  provider: string | null
  /** Null where addresses were not asked for. */
  ip: string | null
  /** Those of the tools run by the provider that leave a trace in the usage. */
  hostedTools: HostedTool[]
  calls: bigint
  /** With more output than `outputCap`. */
  longCalls: bigint
  costNanoUsd: NanoUsd
  firstAt: Date
  lastAt: Date
}

/** Calls in groups, at most `most` of them. Where a call was made is where its key is: a key does not move. */
export async function groupCalls(
  db: Db,
  replay: Replay,
  { byIp, outputCap, most }: { byIp: boolean; outputCap: number | null; most: number },
): Promise<CallGroup[]> {
  const { rows } = await sql<CallGroup>`
    select g.key_id, k.user_id, k.service_account_id, k.environment_id, e.project_id, j.team_id, g.operation, g.model,
      p.name as provider, host(g.ip) as ip,
      array_remove(array[case when searched then 'web_search' end, case when looked_up then 'file_search' end,
        case when ran_code then 'code_interpreter' end, case when drew then 'image_generation' end,
        case when used_other then 'other' end], null)
        as hosted_tools,
      g.calls, g.long_calls, g.cost_nano_usd, g.first_at, g.last_at
    from (
      select key_id, operation, model, provider_id, ${byIp ? sql`ip` : sql`null::inet as ip`},
        quantities ? 'webSearches' as searched, quantities ? 'fileSearches' as looked_up,
        quantities ? 'containers' as ran_code, quantities ? 'toolImageTokensOut' as drew, quantities ? 'otherTools' as used_other,
        count(*) filter (where attempt = 1) as calls,
        count(*) filter (where output_tokens > ${outputCap}::int8) as long_calls,
        sum(cost_nano_usd)::int8 as cost_nano_usd, min(admitted_at) as first_at, max(admitted_at) as last_at
      from usage
      where admitted_at >= ${replay.from} and ${replayed(replay)}
      group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
      limit ${most}
    ) g
    left join providers p on p.id = g.provider_id
    left join keys k on k.id = g.key_id
    left join environments e on e.id = k.environment_id
    left join projects j on j.id = e.project_id`.execute(db)
  return rows
}

/** The names that calls used, as callers and providers know the model. */
export async function modelsCalled(
  db: Db,
  replay: Replay,
): Promise<{ model: string; upstreamModel: string | null }[]> {
  const { rows } = await sql<{ model: string; upstreamModel: string | null }>`
    select distinct model, upstream_model from usage
    where admitted_at >= ${replay.from} and ${replayed(replay)} and model is not null`.execute(db)
  return rows
}

export type ReplayedBudget = BudgetLines &
  Pick<Budget, 'kind' | 'window' | 'limitNanoUsd' | 'onShort' | 'providerId'> & {
    timeZone: string
    /** Only these models, by both of their names. */
    models: readonly { model: string; upstreamModel: string | null }[] | null
  }

type Sums = {
  calls: bigint
  costNanoUsd: NanoUsd
  blockedCalls: bigint
  blockedNanoUsd: NanoUsd
  firstBlockedAt: Date | null
  lastBlockedAt: Date | null
}

export type ReplayedWindow = {
  startedAt: Date
  endsAt: Date
  /** Of the whole window, also from before the dry run begins: what the budget let through. */
  spentNanoUsd: NanoUsd
  blockedCalls: bigint
  blockedNanoUsd: NanoUsd
  firstBlockedAt: Date | null
  /** When a soft budget would have been passed. */
  passedAt: Date | null
  /** When what was spent reached the line. */
  throttledFrom: Date | null
  slowedCalls: bigint
  suspendedFrom: Date | null
}

/** Let in beyond the calls of a minute that a throttle lets in. */
type Slowed = {
  slowedCalls: bigint
  slowedKeys: bigint
  firstSlowedAt: Date | null
  lastSlowedAt: Date | null
}

export type BudgetReplay = {
  total: Sums & Slowed & { keys: bigint }
  windows: ReplayedWindow[]
  /** By key and model, dearest first. */
  groups: (Sums & { keyId: string; model: string | null })[]
}

/**
 * Goes through the calls in their order, window by window from the beginning of the one that `from` lies in (a total
 * begins at `from`), as if each had ended before the next began. A budget that cuts the output lets in what really
 * fitted; one that refuses, what its worst case fitted. Nobody comes again: a throttle lets in what it slows down.
 */
export async function replayBudget(
  db: Db,
  replay: Replay,
  budget: ReplayedBudget,
  most: number,
): Promise<BudgetReplay> {
  const { from, to } = replay
  const { window: period, timeZone, limitNanoUsd, kind, onShort } = budget
  const span = (at: RawBuilder<unknown>) => sql`budget_window(${period}, ${timeZone}, ${at})`
  const limit = sql`${String(limitNanoUsd)}::int8`
  const soft = sql`${kind === 'soft'}::bool`
  const need = sql`case when hold_nano_usd = 0 then null when ${soft} then 0 else ${
    onShort === 'clamp' ? sql`cost_nano_usd` : sql`hold_nano_usd`
  } end`
  const throttleLine = lineIn(budget.throttleAtPercent, limitNanoUsd)
  const suspendLine = lineIn(budget.suspendAtPercent, limitNanoUsd)
  const letsIn = sql`budget_lets_in(spent, need, ${limit}, ${suspendLine})`
  const { throttleRequestsPerMinute: perMinute } = budget
  const { rows } = await sql<Printed>`
    with recursive windows (window_start, window_end) as (
      select case when ${period} = 'total' then ${from}::timestamptz else window_start end, window_end
      from ${span(sql`${from}::timestamptz`)}
      union all
      select next.window_start, next.window_end
      from windows, ${span(sql`windows.window_end`)} next
      where windows.window_end < ${to}::timestamptz
    ), groups as materialized (
      select window_start, window_end, key_id, model, admitted_at >= ${from}::timestamptz as counted,
        count(*) filter (where attempt = 1) as calls, sum(cost) as cost,
        count(*) filter (where blocked) as blocked_calls,
        coalesce(sum(cost) filter (where blocked), 0) as blocked_cost,
        min(admitted_at) filter (where blocked) as first_blocked,
        max(admitted_at) filter (where blocked) as last_blocked,
        count(*) filter (where slowed) as slowed_calls,
        min(admitted_at) filter (where slowed) as first_slowed,
        max(admitted_at) filter (where slowed) as last_slowed,
        min(admitted_at) filter (where ${soft} and spent_then > ${limit}) as passed,
        min(admitted_at) filter (where spent_then >= ${throttleLine}) as throttled_from,
        min(admitted_at) filter (where spent_then >= ${suspendLine}) as suspended_from
      from windows, lateral (
        select *, case when blocked then spent else spent + cost end as spent_then,
          ${perMinute === null ? sql`false` : sql`throttled and ${NTH_OF_MINUTE} > ${perMinute}`} as slowed
        from (
          select *, not ${letsIn} as blocked, ${letsIn} and need is not null and spent >= ${throttleLine} as throttled
          from (
            select id, key_id, model, admitted_at, attempt, cost_nano_usd as cost, ${need} as need,
              budget_replay(${need}, cost_nano_usd, ${limit}, ${suspendLine}) over (
                order by admitted_at, id rows between unbounded preceding and 1 preceding
              ) as spent
            from usage
            where admitted_at >= window_start and admitted_at < window_end and ${replayed(replay)}
              ${budget.providerId === null ? sql`` : sql`and provider_id = ${budget.providerId}`}
              ${budget.models === null ? sql`` : sql`and ${isOneOf(budget.models)}`}
          ) added_up
        ) decided
      ) one
      group by 1, 2, 3, 4, 5
    )
    select
      (select row_to_json(t) from (
        select ${SUMS}, count(distinct key_id) filter (where blocked_calls > 0)::text as "keys",
          coalesce(sum(slowed_calls), 0)::text as "slowedCalls",
          count(distinct key_id) filter (where slowed_calls > 0)::text as "slowedKeys",
          min(first_slowed) as "firstSlowedAt", max(last_slowed) as "lastSlowedAt"
        from groups where counted
      ) t) as total,
      (select coalesce(json_agg(w order by w."startedAt"), '[]') from (
        select window_start as "startedAt", window_end as "endsAt",
          (sum(cost) - sum(blocked_cost))::text as "spentNanoUsd",
          coalesce(sum(blocked_calls) filter (where counted), 0)::text as "blockedCalls",
          coalesce(sum(blocked_cost) filter (where counted), 0)::text as "blockedNanoUsd",
          min(first_blocked) as "firstBlockedAt", min(passed) as "passedAt", min(throttled_from) as "throttledFrom",
          coalesce(sum(slowed_calls) filter (where counted), 0)::text as "slowedCalls",
          min(suspended_from) as "suspendedFrom"
        from groups group by 1, 2
      ) w) as windows,
      (select coalesce(json_agg(g order by (g."blockedNanoUsd")::numeric desc, (g."blockedCalls")::numeric desc, g."keyId", g.model), '[]')
        from (
          select key_id as "keyId", model, ${SUMS} from groups where counted
          group by 1, 2 having sum(blocked_calls) > 0
          order by sum(blocked_cost) desc, sum(blocked_calls) desc, key_id, model limit ${most}
        ) g) as groups`.execute(db)
  const [printed] = rows
  if (!printed) throw new Error('select without from answers one row')
  return readReplay(printed)
}

/** By the minutes of the clock: any 60 seconds would have to know when whoever was slowed down came again. */
const NTH_OF_MINUTE = sql`count(*) filter (where throttled) over (
  partition by date_trunc('minute', admitted_at) order by admitted_at, id rows unbounded preceding
)`

const SUMS = sql`
  coalesce(sum(calls), 0)::text as "calls", coalesce(sum(cost), 0)::text as "costNanoUsd",
  coalesce(sum(blocked_calls), 0)::text as "blockedCalls", coalesce(sum(blocked_cost), 0)::text as "blockedNanoUsd",
  min(first_blocked) as "firstBlockedAt", max(last_blocked) as "lastBlockedAt"`

/** As JSON: numbers that may be large come as text, and times too. */
type AsJson<T> = {
  [K in keyof T]: T[K] extends bigint | Date ? string : T[K] extends Date | null ? string | null : T[K]
}

type Printed = {
  total: AsJson<BudgetReplay['total']>
  windows: AsJson<ReplayedWindow>[]
  groups: AsJson<BudgetReplay['groups'][number]>[]
}

function readReplay({ total, windows, groups }: Printed): BudgetReplay {
  return {
    total: {
      ...readSums(total),
      keys: BigInt(total.keys),
      slowedCalls: BigInt(total.slowedCalls),
      slowedKeys: BigInt(total.slowedKeys),
      firstSlowedAt: readTime(total.firstSlowedAt),
      lastSlowedAt: readTime(total.lastSlowedAt),
    },
    windows: windows.map((window) => ({
      startedAt: new Date(window.startedAt),
      endsAt: new Date(window.endsAt),
      spentNanoUsd: BigInt(window.spentNanoUsd),
      blockedCalls: BigInt(window.blockedCalls),
      blockedNanoUsd: BigInt(window.blockedNanoUsd),
      firstBlockedAt: readTime(window.firstBlockedAt),
      passedAt: readTime(window.passedAt),
      throttledFrom: readTime(window.throttledFrom),
      slowedCalls: BigInt(window.slowedCalls),
      suspendedFrom: readTime(window.suspendedFrom),
    })),
    groups: groups.map((group) => ({ keyId: group.keyId, model: group.model, ...readSums(group) })),
  }
}

function readSums(sums: AsJson<Sums>): Sums {
  return {
    calls: BigInt(sums.calls),
    costNanoUsd: BigInt(sums.costNanoUsd),
    blockedCalls: BigInt(sums.blockedCalls),
    blockedNanoUsd: BigInt(sums.blockedNanoUsd),
    firstBlockedAt: readTime(sums.firstBlockedAt),
    lastBlockedAt: readTime(sums.lastBlockedAt),
  }
}

function readTime(text: string | null): Date | null {
  return text === null ? null : new Date(text)
}

/** The column of `usage` that says in which of a kind of scope a call was made. */
const SCOPE_COLUMNS: Record<ScopeType, string | null> = {
  organization: null,
  team: 'team_id',
  project: 'project_id',
  environment: 'environment_id',
  user: 'user_id',
  service_account: 'service_account_id',
  key: 'key_id',
}

/** Attempts of calls that were let in; refusals have none. */
function replayed({ scope, userId = null, to, within }: Replay): RawBuilder<boolean> {
  const column = SCOPE_COLUMNS[scope.type]
  const inScope = column === null ? sql`true` : sql`${sql.ref(column)} = ${scope.id}`
  const byMember = userId === null ? sql`true` : sql`user_id = ${userId}`
  return sql<boolean>`(admitted_at < ${to} and attempt > 0 and ${inScope} and ${byMember}
    and ${whereWithin(within, { team: 'usage.team_id', project: 'usage.project_id', owner: 'usage.user_id' })})`
}

/** Null where there is no line, or one that no amount reaches. */
function lineIn(percent: number | null, limit: NanoUsd): RawBuilder<unknown> {
  const line = percent === null ? null : lineOf(percent, limit)
  return sql`${line === null || line > MAX_NANO_USD ? null : String(line)}::int8`
}

function isOneOf(models: NonNullable<ReplayedBudget['models']>): RawBuilder<boolean> {
  const names = models.map(({ model }) => model)
  const upstream = models.map(({ upstreamModel }) => upstreamModel ?? '')
  return sql<boolean>`(model, coalesce(upstream_model, '')) in (select * from unnest(${names}::text[], ${upstream}::text[]))`
}
