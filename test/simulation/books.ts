import type { Admission } from '../../src/ledger/ledger.ts'
import type { ModelRow } from './model-authority.ts'

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
  /** Its process died before it was booked, without a line of what it cost: it may be booked at its hold as well. */
  orHold: boolean
  booked: boolean
}

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

/** What one node's calls hold and cost and the authority has not booked, and what they ever cost beyond their holds. */
export type NodeBook = { needed: bigint; beyond: bigint }

export type Books = ReturnType<typeof createBooks>

/** Keeps account of what happened, call by call. Says at once, by throwing, when a row is booked that may not be. */
export function createBooks(parentId: string, limitOf: (windowKey: string) => bigint) {
  const calls = new Map<string, Call>()
  const windows = new Map<string, WindowBook>()
  const unsettled = new Map<string, Call[]>()
  const unbooked = new Set<Call>()
  let attempted = 0n
  let booked = 0n
  const seen = new Set<string>()

  function windowOf(key: string): WindowBook {
    const known = windows.get(key)
    if (known) return known
    const added = { peak: limitOf(key), spent: 0n, committed: 0n, beyond: 0n, nodes: new Map() }
    windows.set(key, added)
    return added
  }

  function nodeOf(key: string, nodeId: string): NodeBook {
    const { nodes } = windowOf(key)
    const known = nodes.get(nodeId)
    if (known) return known
    const added = { needed: 0n, beyond: 0n }
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
      const call: Call = { ...facts, cost: null, unwritten: false, orHold: false, booked: false }
      calls.set(call.admission.id, call)
      openOf(call.nodeId).push(call)
      unbooked.add(call)
      commit(call, call.hold, 0n)
      return call
    },
    /** It was never written, so it never went upstream. */
    withdraw(call: Call): void {
      forget(call)
      unbooked.delete(call)
      calls.delete(call.admission.id)
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
    },
    attempt(call: Call, cost: bigint): void {
      attempted += cost
      commit(call, cost, cost)
    },
    /** What was under way is charged at its hold, and so is what nothing was written of: that may be more than it cost. */
    crash(nodeId: string): void {
      for (const call of openOf(nodeId)) call.cost = call.hold
      unsettled.delete(nodeId)
      for (const call of unbooked) {
        if (call.nodeId !== nodeId || !call.unwritten || call.orHold) continue
        call.orHold = true
        const more = positive(call.hold - (call.cost ?? call.hold))
        commit(call, more, more)
      }
    },
    book(row: ModelRow): void {
      if (seen.has(row.id)) throw new Error(`I6: ${row.id} is booked twice`)
      seen.add(row.id)
      if (row.cost < 0n) throw new Error(`I8: ${row.id} costs ${row.cost}`)
      const call = calls.get(row.id)
      if (call) bookCall(call, row)
      else if (row.windows.length === 0 && row.cost > 0n)
        throw new Error(`I20: ${row.id} was refused and costs ${row.cost}`)
      const [parent] = row.windows
      if (parent && !parent.startsWith(parentId))
        throw new Error(`I24: ${row.id} is not charged to its parent`)
      booked += row.cost
      for (const key of row.windows) {
        windowOf(key).spent += row.cost
        nodeOf(key, row.nodeId).needed -= row.cost
      }
    },
    /** What went wrong that shows only when everything is booked. */
    finish(): void {
      for (const { admission, cost, booked } of calls.values())
        if (!booked) throw new Error(`I1: ${admission.id} cost ${cost} and is not booked`)
      let truly = attempted
      for (const { cost } of calls.values()) truly += cost ?? 0n
      if (booked !== truly) throw new Error(`I6: calls and attempts cost ${truly} and ${booked} is booked`)
    },
  }

  function bookCall(call: Call, row: ModelRow): void {
    const { id } = call.admission
    if (call.cost === null) throw new Error(`I3: ${id} is booked, and it is still open`)
    const atHold = call.orHold && row.cost === call.hold
    if (row.cost !== call.cost && !atHold) throw new Error(`I3: ${id} cost ${call.cost}, not ${row.cost}`)
    if (row.windows.join() !== call.windows.join()) throw new Error(`I17: ${id} is booked in another window`)
    const known = call.orHold && call.hold > call.cost ? call.hold : call.cost
    commit(call, row.cost - known, 0n)
    call.cost = row.cost
    call.booked = true
    unbooked.delete(call)
  }
}

function positive(amount: bigint): bigint {
  return amount > 0n ? amount : 0n
}
