import type { Db } from '../app.ts'
import {
  type Answer,
  giveBackLeases,
  type LeaseRequest,
  type LeaseRow,
  listLeases,
  settleUsage,
  takeLeases,
  type WindowKey,
} from '../db/ledger.ts'
import { beatNode, type NodeBeat, type NodeStart, type NodeTerms, startNode, stopNode } from '../db/nodes.ts'
import type { NanoUsd } from '../domain/money.ts'

/** Who says what may be spent, for one node: PostgreSQL, or a model of it in the simulation. */
export type Authority = {
  /** The first question of a run. */
  start(): Promise<NodeStart>
  beat(): Promise<NodeBeat>
  stop(): Promise<void>
  take(requests: readonly LeaseRequest[]): Promise<Answer>
  settle(batch: Buffer, windows: readonly WindowKey[]): Promise<Answer>
  giveBack(leases: readonly (WindowKey & { neededNanoUsd: NanoUsd })[]): Promise<void>
  leases(): Promise<LeaseRow[]>
}

export function postgresAuthority(db: Db, nodeId: string, terms: NodeTerms): Authority {
  return {
    start: () => startNode(db, nodeId, terms),
    beat: () => beatNode(db, nodeId, terms.trustedSeconds),
    stop: () => stopNode(db, nodeId),
    take: (requests) => takeLeases(db, nodeId, requests),
    settle: (batch, windows) => settleUsage(db, nodeId, batch, windows),
    giveBack: (leases) => giveBackLeases(db, nodeId, leases),
    leases: () => listLeases(db, nodeId),
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
