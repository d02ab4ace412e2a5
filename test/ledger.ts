import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { Db } from '../src/app.ts'
import type { Bus, BusMessage } from '../src/bus.ts'
import { connect } from '../src/db/connect.ts'
import type { LeaseRequest } from '../src/db/ledger.ts'
import { checkLedger } from '../src/db/ledger-checks.ts'
import type { Budget } from '../src/domain/budget.ts'
import type { RateLimit } from '../src/domain/rate-limit.ts'
import { NO_QUANTITIES } from '../src/domain/usage.ts'
import { MOST_WAITS } from '../src/gateway/admit.ts'
import { newId } from '../src/ids.ts'
import { type Authority, postgresAuthority } from '../src/ledger/authority.ts'
import { openLedger } from '../src/ledger/create-ledger.ts'
import type { JournalSizes } from '../src/ledger/journal.ts'
import type {
  Admission,
  AdmitRequest,
  AttemptOutcome,
  CallerFacts,
  CallFacts,
  Ledger,
  Refusal,
} from '../src/ledger/ledger.ts'
import { createLog } from '../src/log.ts'
import { createMetrics, type Metrics } from '../src/metrics.ts'
import { testDatabase } from './database.ts'

/** A fresh database, and ledgers of one node on it. */
export type LedgerWorld = AsyncDisposable & {
  db: Db
  url: string
  dataDir: string
  logged: string[]
  metrics: Metrics
  /** Delivers a message as the bus would. */
  send(message: BusMessage): void
  /** Opens the node's ledger, through another address of the database or with a stranger authority if one is given. */
  open(options?: {
    url?: string
    rowsInMemory?: number
    journal?: JournalSizes
    through?: (authority: Authority) => Authority
  }): Promise<Ledger>
}

export const NODE_TERMS = { gateway: true, trustedSeconds: 300 }

export async function ledgerWorld(): Promise<LedgerWorld> {
  const cleanup = new AsyncDisposableStack()
  const { url } = cleanup.use(await testDatabase())
  const db = openPool(url)
  cleanup.defer(() => db.destroy())
  const dataDir = mkdtempSync(join(tmpdir(), 'claviger-ledger-'))
  cleanup.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  const logged: string[] = []
  const log = createLog({ logLevel: 'debug' }, (line) => logged.push(line))
  const { bus, send } = localBus()
  const world: LedgerWorld = {
    db,
    url,
    dataDir,
    logged,
    metrics: createMetrics(),
    send,
    async open({ url: at = url, through = (authority: Authority) => authority, ...options } = {}) {
      const pool = openPool(at)
      cleanup.defer(() => pool.destroy())
      world.metrics = createMetrics()
      const authority = through(postgresAuthority(pool, 'node_test', NODE_TERMS))
      const ledger = await openLedger({ authority, dataDir, bus, log, metrics: world.metrics, ...options })
      cleanup.defer(() => ledger.close(1_000))
      return ledger
    },
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
  return world
}

export function openPool(url: string, name = 'ledger'): Db {
  return connect({ url, name, max: 4, statementTimeoutMs: 10_000, onError: () => {} })
}

export function localBus(): { bus: Bus; send(message: BusMessage): void } {
  const listeners = new Set<(message: BusMessage) => void>()
  return {
    bus: {
      subscribe(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      close: async () => {},
    },
    send: (message) => {
      for (const listener of listeners) listener(message)
    },
  }
}

export function hardBudget(values: Partial<Budget> & { limitNanoUsd: bigint }): Budget {
  return {
    id: newId('bud'),
    name: 'test',
    scope: { type: 'organization', id: 'org_test' },
    kind: 'hard',
    window: 'month',
    onShort: 'deny',
    throttleAtPercent: null,
    throttleRequestsPerMinute: null,
    suspendAtPercent: null,
    providerId: null,
    modelPattern: null,
    ...values,
  }
}

export async function makeBudget(
  db: Db,
  values: Partial<Budget> & { limitNanoUsd: bigint },
): Promise<Budget> {
  const budget = hardBudget(values)
  await audited(db, async (db) => {
    await sql`
      insert into budgets (id, scope_type, scope_id, name, kind, period, time_zone, limit_nano_usd,
        throttle_at_percent, throttle_requests_per_minute, suspend_at_percent)
      values (${budget.id}, ${budget.scope.type}, ${budget.scope.id}, ${budget.name}, ${budget.kind}, ${budget.window},
              'UTC', ${budget.limitNanoUsd}, ${budget.throttleAtPercent}, ${budget.throttleRequestsPerMinute},
              ${budget.suspendAtPercent})`.execute(db)
  })
  return budget
}

export async function setLimit(db: Db, budget: Budget, limitNanoUsd: bigint): Promise<void> {
  await audited(db, async (db) => {
    await sql`update budgets set limit_nano_usd = ${limitNanoUsd} where id = ${budget.id}`.execute(db)
  })
}

/** Lets the budget allow more for `ms` milliseconds, and answers when that ends. */
export async function raiseFor(db: Db, budget: Budget, amount: bigint, ms: number): Promise<Date> {
  const endsAt = new Date(Date.now() + ms)
  await audited(db, async (db) => {
    await sql`insert into budget_raises (id, budget_id, amount_nano_usd, reason, ends_at)
              values (${newId('rai')}, ${budget.id}, ${amount}, 'a test', ${endsAt})`.execute(db)
  })
  return endsAt
}

/** Moves everything that is in the budget's windows back by `span`, as if so much time had passed. */
export async function passTime(db: Db, budget: Budget, span: string): Promise<void> {
  await db.transaction().execute(async (db) => {
    // Nobody checks who points to whom while both move.
    await sql`set local session_replication_role = replica`.execute(db)
    for (const table of ['budget_windows', 'leases', 'budget_alerts']) {
      // Far away first, where no row is in the way of another.
      for (const move of [`-36500 days -${span}`, '36500 days']) {
        await sql`update ${sql.table(table)} set window_start = window_start + ${move}::interval
                  where budget_id = ${budget.id}`.execute(db)
      }
    }
  })
}

/** A change and its audit event, as an action would write them. */
export async function audited(db: Db, change: (db: Db) => Promise<void>): Promise<void> {
  await db.transaction().execute(async (db) => {
    await change(db)
    await sql`insert into audit_events (id, actor_kind, actor_id, action, target_id)
              values (${newId('evt')}, 'setup', 'test', 'test.change', 'test')`.execute(db)
  })
}

/** A question for a lease of which nothing is known, unless `values` say so. */
export function leaseRequest(budgetId: string, values: Partial<LeaseRequest> = {}): LeaseRequest {
  return {
    budgetId,
    known: null,
    surrenders: false,
    wantNanoUsd: 0n,
    wishNanoUsd: 0n,
    askedSince: null,
    ...values,
  }
}

export function callFacts({
  caller,
  ...values
}: Partial<Omit<CallFacts, 'caller'>> & { caller?: Partial<CallerFacts> } = {}): CallFacts {
  return {
    requestId: newId('req'),
    caller: {
      keyId: 'key_test',
      secretId: 'sec_test',
      userId: null,
      serviceAccountId: 'svc_test',
      environmentId: 'env_test',
      projectId: 'prj_test',
      teamId: 'team_test',
      tags: { app: 'search' },
      ...caller,
    },
    operation: 'chat.completions',
    model: 'openai/gpt-5.4',
    upstreamModel: 'gpt-5.4',
    providerId: 'prv_test',
    credentialId: 'crd_test',
    stream: false,
    ip: '192.0.2.7',
    ...values,
  }
}

export function callRequest(values: Partial<AdmitRequest> = {}): AdmitRequest {
  return { facts: callFacts(), budgets: [], rateLimits: [], holdNanoUsd: 0n, holdTokens: 0, ...values }
}

export function outcome(values: Partial<AttemptOutcome> = {}): AttemptOutcome {
  return {
    attempt: 1,
    providerId: 'prv_test',
    credentialId: 'crd_test',
    upstreamModel: 'gpt-5.4',
    servedModel: 'gpt-5.4-2026-03-05',
    status: 200,
    errorCode: null,
    quantities: { ...NO_QUANTITIES, inputTokens: 100, outputTokens: 20 },
    costNanoUsd: 0n,
    estimated: false,
    priced: true,
    priceVersion: 'test@1/openai/gpt-5.4',
    serviceTier: 'default',
    modifiers: [],
    durationMs: 12,
    firstByteMs: 5,
    objectId: null,
    ...values,
  }
}

/** What the gateway does before it calls upstream. */
export async function admitCall(
  ledger: Ledger,
  budgets: readonly Budget[],
  holdNanoUsd: bigint,
): Promise<Admission | Refusal> {
  let preparing = ledger.prepare(budgets, holdNanoUsd)
  for (let waits = 0; preparing && waits < MOST_WAITS; waits++) {
    await preparing
    preparing = ledger.prepare(budgets, holdNanoUsd)
  }
  const answer = ledger.admit(callRequest({ budgets, holdNanoUsd }))
  if (!('refused' in answer)) await ledger.journaled(answer)
  return answer
}

/** Admits or fails the test. */
export function mustAdmit(ledger: Ledger, request: AdmitRequest): Admission {
  const answer = ledger.admit(request)
  if ('refused' in answer) throw new Error(`refused: ${JSON.stringify(answer, bigintsAsText)}`)
  return answer
}

function bigintsAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

export type WindowFigures = { spent: bigint; leased: bigint; limit: bigint; over: bigint }

export async function windowOf(db: Db, budget: Budget): Promise<WindowFigures | undefined> {
  const { rows } = await sql<WindowFigures>`
    select spent_nano_usd as spent, leased_nano_usd as leased, limit_nano_usd as "limit", over_nano_usd as over
    from budget_windows where budget_id = ${budget.id} order by window_start desc limit 1`.execute(db)
  return rows[0]
}

/** What is wrong with the money in the database, in words; empty when the sums are right. */
export async function moneyFaults(db: Db): Promise<string[]> {
  const checks = await checkLedger(db, new Date(0))
  return checks.flatMap(({ name, examples }) =>
    examples.map(({ subject, problem }) => `${name}: ${subject}: ${problem}`),
  )
}

/** Waits until `condition` holds, and fails after ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited too long until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export async function makeRateLimit(db: Db, values: Partial<RateLimit>): Promise<RateLimit> {
  const limit: RateLimit = {
    id: newId('rlm'),
    scope: { type: 'organization', id: 'org_test' },
    requestsPerMinute: null,
    tokensPerMinute: null,
    concurrentCalls: null,
    providerId: null,
    modelPattern: null,
    ...values,
  }
  await audited(db, async (db) => {
    await sql`
      insert into rate_limits (id, scope_type, scope_id, requests_per_minute, tokens_per_minute, concurrent_calls)
      values (${limit.id}, ${limit.scope.type}, ${limit.scope.id}, ${limit.requestsPerMinute},
              ${limit.tokensPerMinute}, ${limit.concurrentCalls})`.execute(db)
  })
  return limit
}

export type RateFigures = Pick<RateLimit, 'requestsPerMinute' | 'tokensPerMinute' | 'concurrentCalls'>

export async function setRateLimit(db: Db, id: string, figures: RateFigures): Promise<void> {
  await audited(db, async (db) => {
    await sql`
      update rate_limits set requests_per_minute = ${figures.requestsPerMinute},
        tokens_per_minute = ${figures.tokensPerMinute}, concurrent_calls = ${figures.concurrentCalls}
      where id = ${id}`.execute(db)
  })
}

/** What is wrong with the shares of rate limits in the database, in words; empty when the sums are right. */
export async function shareFaults(db: Db): Promise<string[]> {
  return (await moneyFaults(db)).filter((fault) => fault.startsWith('shares: '))
}

/** What the gateway does before it counts a call. */
export async function prepareRates(
  ledger: Ledger,
  rateLimits: readonly RateLimit[],
  holdTokens: number,
): Promise<void> {
  let preparing = ledger.prepare([], 0n, rateLimits, holdTokens)
  for (let waits = 0; preparing && waits < MOST_WAITS; waits++) {
    await preparing
    preparing = ledger.prepare([], 0n, rateLimits, holdTokens)
  }
}
