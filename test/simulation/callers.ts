import type { Budget } from '../../src/domain/budget.ts'
import type { Admission } from '../../src/ledger/ledger.ts'
import { callFacts, outcome } from '../ledger.ts'
import type { Books } from './books.ts'
import { CLOCK_ERROR_MS } from './invariants.ts'
import { keyOf } from './model-authority.ts'
import type { Mutation } from './mutations.ts'
import type { Random } from './random.ts'
import type { LiveNode } from './world.ts'

const MOST_HOLD = 30
const MOST_WAITS = 8
/** The same caller for all calls: nothing here depends on who calls. */
const FACTS = callFacts()

type Parts = {
  random: Random
  books: Books
  budgets: readonly Budget[]
  mutation: Mutation
  windowStart(ms: number): Date
  nowMs(): number
}

/** Those who call. What they do is noted in the books as they see it; `check` throws what went wrong since. */
export function createCallers({ random, books, budgets, mutation, windowStart, nowMs }: Parts) {
  const faults: unknown[] = []
  let admitted = 0
  let refused = 0
  let called = 0

  /** Goes on for as long as the call waits for money; what became of its node meanwhile is seen then. */
  async function call(node: LiveNode): Promise<void> {
    const { life, ledger } = node
    const applying = budgets.filter((_, index) => index === 0 || random.chance(0.7))
    const holdNanoUsd = BigInt(random.int(MOST_HOLD))
    for (let waits = 0; waits < MOST_WAITS; waits++) {
      const preparing = ledger.prepare(applying, holdNanoUsd)
      if (!preparing) break
      await preparing
      if (life !== node.life) return
    }
    const charged = mutation.budgets?.(applying) ?? applying
    const facts = { ...FACTS, requestId: `req_${++called}` }
    const request = { facts, budgets: charged, rateLimits: [], holdNanoUsd, holdTokens: 0 }
    const admission = ledger.admit(request)
    if (!('refused' in admission)) return goUpstream(node, admission)
    refused++
    if (random.chance(0.3))
      ledger.recordRefusal(facts, { status: 429, errorCode: 'budget_exceeded', refusedBy: null })
  }

  async function goUpstream(node: LiveNode, admission: Admission): Promise<void> {
    const windows = windowsOf(admission)
    const keys = windows.map(({ budgetId, start }) => keyOf(budgetId, start))
    const call = books.admit({
      nodeId: node.id,
      admission,
      windows: keys,
      hold: admission.request.holdNanoUsd,
    })
    for (const { start } of windows)
      if (!isAbout(start)) throw new Error(`I17: charged to ${start.toISOString()}`)
    try {
      await node.ledger.journaled(admission)
    } catch {
      return books.withdraw(call)
    }
    admitted++
    if (!node.disk.holds(admission.id)) throw new Error(`I4: ${admission.id} goes upstream unwritten`)
  }

  /** Whether the window is the one of the database's time, as exactly as a node can know that. */
  function isAbout(start: Date): boolean {
    return [0, -CLOCK_ERROR_MS, CLOCK_ERROR_MS].some(
      (ms) => windowStart(nowMs() + ms).getTime() === start.getTime(),
    )
  }

  return {
    admit(node: LiveNode): void {
      call(node).catch((fault) => faults.push(fault))
    },
    settle({ id, ledger, disk }: LiveNode): void {
      const open = books.openOf(id)
      if (open.length === 0) return
      const call = random.pick(open)
      const above = random.chance(0.05) ? random.int(10) : 0
      const costNanoUsd = BigInt(random.int(Number(call.hold) + 1) + above)
      books.settle(call, costNanoUsd, disk.full)
      const attempt = call.attempts.length + 1
      const plainly = () => ledger.settle(call.admission, outcome({ attempt, costNanoUsd }))
      if (mutation.settle) mutation.settle(ledger, call.admission, costNanoUsd)
      else plainly()
      if (random.chance(0.2)) plainly()
    },
    /** A call that outgrows its hold, and goes on only if it may hold more. */
    extend({ id, ledger }: LiveNode): void {
      const open = books.openOf(id)
      if (open.length === 0) return
      const call = random.pick(open)
      const extra = BigInt(1 + random.int(20))
      const extended = mutation.extend ?? ((ledger, admission, extra) => ledger.extend(admission, extra))
      if (extended(ledger, call.admission, extra)) books.extend(call, extra)
    },
    /** Not on a full disk: the line of an attempt that is not written is lost with its process. */
    attempt({ id, ledger, disk }: LiveNode): void {
      const open = books.openOf(id)
      if (open.length === 0 || disk.full) return
      const call = random.pick(open)
      const costNanoUsd = BigInt(random.int(3))
      books.attempt(call, costNanoUsd)
      const attempt = call.attempts.length
      ledger.recordAttempt(call.admission, outcome({ attempt, status: 503, costNanoUsd }))
    },
    check(): void {
      if (faults.length > 0) throw faults[0]
    },
    tally: () => ({ admitted, refused }),
  }
}

/** What the call is charged to. The cast holds because an Admission is the ledger's own call, with its windows. */
function windowsOf(admission: Admission): readonly { budgetId: string; start: Date }[] {
  return (admission as Admission & { windows: { budgetId: string; start: Date }[] }).windows
}
