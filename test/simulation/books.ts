import type { Admission } from '../../src/ledger/ledger.ts'
import type { Limits } from './limits.ts'
import { budgetIn, type ModelRow } from './model-authority.ts'

/** What a call did, as the simulation saw it from outside. */
export type Call = {
  nodeId: string
  admission: Admission
  /** The windows it is charged to, the parent's first. */
  windows: string[]
  hold: bigint
  /** Null until it is settled, or its process has died. */
  cost: bigint | null
  /** The disk took no line of its settlement. */
  unwritten: boolean
  /** Its process died while it was under way: nobody knows what it cost, and its hold is charged. */
  died: boolean
  /** Its process died before it was booked, without a line of what it cost: it may be booked at its hold as well. */
  orHold: boolean
  /** Those that were not the last one: the first is the first. */
  attempts: Attempt[]
  booked: boolean
}

export type Attempt = { cost: bigint; booked: boolean }

/** What calls have done to one window. */
export type WindowBook = {
  /** The highest limit there was while the window was known. */
  peak: bigint
  /** What is booked, what calls hold and cost, and how much of that is beyond what they held. */
  spent: bigint
  committed: bigint
  beyond: bigint
  nodes: Map<string, NodeBook>
}

/**
 * What one node's calls hold and cost and the authority has not booked, and what they ever cost beyond their holds.
 * Of what is needed, `uncovered` had been let in when what was set aside for it was written off.
 */
export type NodeBook = { needed: bigint; beyond: bigint; uncovered: bigint }

export type Books = ReturnType<typeof createBooks>

/** Keeps account of what happened, call by call. Says at once, by throwing, when a row is booked that may not be. */
export function createBooks(parentId: string, limits: Limits) {
  /** By the request, which is that of each of their rows. */
  const calls = new Map<string, Call>()
  const windows = new Map<string, WindowBook>()
  const unsettled = new Map<string, Call[]>()
  const unbooked = new Set<Call>()
  const seen = new Set<string>()

  function windowOf(key: string): WindowBook {
    const known = windows.get(key)
    if (known) return known
    const added = {
      peak: limits.most(budgetIn(key)) ?? 0n,
      spent: 0n,
      committed: 0n,
      beyond: 0n,
      nodes: new Map(),
    }
    windows.set(key, added)
    return added
  }

  function nodeOf(key: string, nodeId: string): NodeBook {
    const { nodes } = windowOf(key)
    const known = nodes.get(nodeId)
    if (known) return known
    const added = { needed: 0n, beyond: 0n, uncovered: 0n }
    nodes.set(nodeId, added)
    return added
  }

  function commit({ nodeId, windows }: Call, amount: bigint, beyond: bigint): void {
    for (const key of windows) {
      const window = windowOf(key)
      const node = nodeOf(key, nodeId)
      window.committed += amount
      node.needed += amount
      window.beyond += beyond
      node.beyond += beyond
    }
  }

  /** Whatever a node was told and when, it lets nothing in beyond the highest limit that it may go by. */
  function judge({ admission, windows }: Call): void {
    for (const key of windows) {
      const { committed, beyond } = windowOf(key)
      const most = limits.most(budgetIn(key))
      if (most !== null && committed > most + beyond)
        throw new Error(`I2: ${key}: with ${admission.id} calls take ${committed}, of ${most} + ${beyond}`)
    }
  }

  function forget(call: Call): void {
    const open = openOf(call.nodeId)
    open.splice(open.indexOf(call), 1)
  }

  function openOf(nodeId: string): Call[] {
    const known = unsettled.get(nodeId)
    if (known) return known
    const added: Call[] = []
    unsettled.set(nodeId, added)
    return added
  }

  return {
    calls,
    windowOf,
    openOf,
    admit(facts: Pick<Call, 'nodeId' | 'admission' | 'windows' | 'hold'>): Call {
      const call: Call = { ...facts, ...NEW, attempts: [] }
      calls.set(requestOf(call), call)
      openOf(call.nodeId).push(call)
      unbooked.add(call)
      commit(call, call.hold, 0n)
      if (call.hold > 0n) judge(call)
      return call
    },
    /** It was never written, so it never went upstream. */
    withdraw(call: Call): void {
      forget(call)
      unbooked.delete(call)
      calls.delete(requestOf(call))
      commit(call, -call.hold, 0n)
    },
    settle(call: Call, cost: bigint, unwritten: boolean): void {
      forget(call)
      call.cost = cost
      call.unwritten = unwritten
      commit(call, cost - call.hold, positive(cost - call.hold))
    },
    extend(call: Call, extra: bigint): void {
      call.hold += extra
      commit(call, extra, 0n)
      judge(call)
    },
    attempt(call: Call, cost: bigint): void {
      call.attempts.push({ cost, booked: false })
      commit(call, cost, cost)
    },
    /** What was under way is charged at its hold, and so is what nothing was written of: that may be more than it cost. */
    crash(nodeId: string): void {
      for (const call of openOf(nodeId)) {
        call.cost = call.hold
        call.died = true
      }
      unsettled.delete(nodeId)
      for (const call of unbooked) {
        if (call.nodeId !== nodeId || !call.unwritten || call.orHold) continue
        call.orHold = true
        const more = positive(call.hold - (call.cost ?? call.hold))
        commit(call, more, more)
      }
    },
    /** What is set aside for the node was given to others: what it let in on it, and has not reported, is not covered. */
    writeOff(nodeId: string): void {
      for (const window of windows.values()) {
        const node = window.nodes.get(nodeId)
        if (!node) continue
        const uncovered = positive(node.needed - node.beyond)
        window.beyond += positive(uncovered - node.uncovered)
        node.uncovered = uncovered
      }
    },
    book(row: ModelRow): void {
      if (seen.has(row.id)) throw new Error(`I6: ${row.id} is booked twice`)
      seen.add(row.id)
      if (row.cost < 0n) throw new Error(`I8: ${row.id} costs ${row.cost}`)
      const call = calls.get(row.requestId)
      if (!call) bookRefusal(row)
      else if (row.id === call.admission.id) bookCall(call, row)
      else bookAttempt(call, row)
      for (const key of row.windows) {
        windowOf(key).spent += row.cost
        nodeOf(key, row.nodeId).needed -= row.cost
      }
    },
    /** What went wrong that shows only when everything is booked. */
    finish(): void {
      for (const { admission, cost, booked, attempts } of calls.values()) {
        if (!booked) throw new Error(`I1: ${admission.id} cost ${cost} and is not booked`)
        if (!attempts.every(({ booked }) => booked))
          throw new Error(`I6: not every attempt of ${admission.id} is booked`)
      }
    },
  }

  function bookRefusal({ id, cost, windows }: ModelRow): void {
    if (windows.length > 0) throw new Error(`I6: ${id} is of no call`)
    if (cost > 0n) throw new Error(`I20: ${id} was refused and costs ${cost}`)
  }

  function bookAttempt(call: Call, { id, attempt, cost, windows, estimated }: ModelRow): void {
    const known = call.attempts[attempt - 1]
    if (!known || known.booked) throw new Error(`I6: attempt ${attempt} of ${call.admission.id} is not one`)
    if (cost !== known.cost || estimated) throw new Error(`I6: attempt ${id} cost ${known.cost}, not ${cost}`)
    checkWindows(call, id, windows)
    known.booked = true
  }

  function bookCall(call: Call, row: ModelRow): void {
    const { id } = call.admission
    if (call.cost === null) throw new Error(`I3: ${id} is booked, and it is still open`)
    const atHold = call.orHold && row.cost === call.hold
    if (row.cost !== call.cost && !atHold) throw new Error(`I3: ${id} cost ${call.cost}, not ${row.cost}`)
    const isGuess = call.died || atHold
    const isKnown = !call.died && row.cost === call.cost
    if (!(row.estimated ? isGuess : isKnown))
      throw new Error(`I3: ${id} is ${row.estimated ? '' : 'not '}marked as estimated`)
    if (row.attempt !== call.attempts.length + 1)
      throw new Error(`I6: ${id} ends with attempt ${row.attempt} after ${call.attempts.length} others`)
    checkWindows(call, id, row.windows)
    const known = call.orHold && call.hold > call.cost ? call.hold : call.cost
    commit(call, row.cost - known, 0n)
    call.cost = row.cost
    call.booked = true
    unbooked.delete(call)
  }

  function checkWindows(call: Call, id: string, windows: readonly string[]): void {
    if (windows[0] && !windows[0].startsWith(parentId))
      throw new Error(`I24: ${id} is not charged to its parent`)
    if (windows.join() !== call.windows.join()) throw new Error(`I17: ${id} is booked in other windows`)
  }
}

const NEW = { cost: null, unwritten: false, died: false, orHold: false, booked: false }

function requestOf({ admission }: Call): string {
  return admission.request.facts.requestId
}

function positive(amount: bigint): bigint {
  return amount > 0n ? amount : 0n
}
