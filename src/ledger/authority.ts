import type { Db } from '../app.ts'
import {
  type Answer,
  giveBackLeases,
  type LeaseRequest,
  type LeaseRow,
  listLeases,
  type Needed,
  settleUsage,
  type TakenState,
  takeLeases,
  type WindowKey,
} from '../db/ledger.ts'
import {
  beatNode,
  type NodeBeat,
  type NodeReturn,
  type NodeStart,
  type NodeTerms,
  returnNode,
  startNode,
  stopNode,
} from '../db/nodes.ts'
import { returnPastShares, type ShareAnswer, type ShareRequest, takeRateShares } from '../db/rate-shares.ts'

/** Who says what may be spent, for one node: PostgreSQL, or a model of it in the simulation. */
export type Authority = {
  readonly nodeId: string
  /** The first question of a run. */
  start(): Promise<NodeStart>
  /** Throws `UnknownNode` when the database does not know this run. */
  beat(): Promise<NodeBeat>
  /** Makes this run known to a database that does not know it: a backup from before it started was restored. */
  comeBack(): Promise<NodeReturn>
  stop(): Promise<void>
  take(requests: readonly LeaseRequest[]): Promise<Answer<TakenState>>
  settle(batch: Buffer, windows: readonly WindowKey[]): Promise<Answer>
  giveBack(leases: readonly Needed[], recalled: boolean): Promise<Answer>
  leases(): Promise<LeaseRow[]>
  /** Shares of rate limits. */
  shares(requests: readonly ShareRequest[]): Promise<ShareAnswer[]>
  /** Earlier runs are over: what they cannot have counted in their last minute is free. After all is booked. */
  returnPastShares(): Promise<void>
}

export function postgresAuthority(db: Db, nodeId: string, terms: NodeTerms): Authority {
  const turns = createTurns()
  let run = 0n
  return {
    nodeId,
    async start() {
      const started = await startNode(db, nodeId, terms)
      turns.begin(started.run)
      run = started.run
      return started
    },
    beat: () => beatNode(db, { nodeId, run }, terms.trustedSeconds),
    comeBack: () => returnNode(db, { nodeId, run }, terms),
    stop: () => stopNode(db, nodeId),
    take: (requests) => takeLeases(db, nodeId, turns.next(), requests),
    settle: (batch, windows) => settleUsage(db, nodeId, turns.next(), batch, windows),
    giveBack: (leases, recalled) => giveBackLeases(db, nodeId, turns.next(), leases, recalled),
    leases: () => listLeases(db, nodeId),
    shares: (requests) => takeRateShares(db, { nodeId, run }, turns.next(), requests),
    returnPastShares: () => returnPastShares(db, { nodeId, run }),
  }
}

const QUESTIONS_PER_RUN = 1n << 40n

/** Numbers a node's questions in the order in which they are asked, those of a later run after all of an earlier one. */
export function createTurns(): { begin(run: bigint): void; next(): bigint } {
  let turn = 0n
  return {
    begin(run) {
      turn = run * QUESTIONS_PER_RUN
    },
    next: () => ++turn,
  }
}

/**
 * True when the database understood and refused what it was given (SQLSTATE classes 22 and 23), so that sending the
 * same again is refused again. Everything else passes: connections, locks, restarts, a full disk.
 */
export function isRefusedData(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' && /^2[23]\w{3}$/.test(code)
}
