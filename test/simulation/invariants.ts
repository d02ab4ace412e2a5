import type { Budget } from '../../src/domain/budget.ts'
import type { Ledger } from '../../src/ledger/ledger.ts'
import type { Books } from './books.ts'
import { keyOf, leasedOf, type ModelAuthority, type ModelWindow } from './model-authority.ts'

/*
 * The invariants of the ledger, and where each is held to. `here` is after every step, unless it says otherwise.
 *
 *   I1   spent is the sum of what is booked, leased that of leases     here; the sum of leases in SQL: model-authority.test.ts
 *   I2   spent + leased within the limit, calls within what is leased  here; on processes: test/chaos/race.test.ts, nodes.test.ts
 *   I3   a call leaves `open` once; a booked row stays as it is        here
 *   I4   no call goes upstream before its line is written              here, with every call
 *   I5   no call, row or lease stays for ever                          here, at the end of every world
 *   I6   one call, one charge; each attempt its row                    here, with every row that is booked
 *   I7   idempotency keys                                              does not apply: of the interfaces
 *   I8   no amount is negative                                         here; of prices: src/domain/pricing.property.test.ts
 *   I9   the price of the model that served                            not here: src/providers/price-examples.test.ts
 *   I10  kinds of tokens partition their total                         not here: src/domain/pricing.property.test.ts
 *   I11  no price, no call                                             not here: src/gateway/serve-call.test.ts
 *   I12  each operation is metered                                     not here: src/gateway/operations.test.ts
 *   I13  batches hold until they end                                   no batches; a response in the background is charged at its hold and never reconciled: src/gateway/hold.test.ts
 *   I14  each retry is authorized                                      no test: a retry takes a credential of the plan that was authorized (src/gateway/credential-choice.ts)
 *   I15  revoked and lowered within two seconds, or no longer trusted  lowered, and a node that is cut off: here; test/chaos/change.test.ts, take-hold.test.ts, src/gateway/key-cache.test.ts
 *   I16  what is overtaken replaces nothing                            here: questions are carried out late, answers are lost
 *   I17  a window follows from the database's time                     here, with every call; calendars: src/db/ledger.test.ts
 *   I18  a node's wall clock changes nothing                           here
 *   I19  rate limits                                                   not here: rates.test.ts beside this; on PostgreSQL: src/ledger/rate-nodes.test.ts
 *   I20  what is refused costs nothing                                 here, with every row; no traffic: serve-call.test.ts
 *   I21  deleting a key leaves its rows, erasing calls their sums      not here: src/db/usage-erase.test.ts, erased-books.test.ts; of keys no test
 *   I22  a restored backup is no credit                                not here: src/ledger/restored.test.ts
 *   I23  rollups are what the rows say                                 not here: src/db/usage-roll-up.test.ts
 *   I24  what children spent, their parent spent                       here
 *
 * And of leases: what a node's calls use is set aside for it, and no node takes itself to have more than that (I2).
 */

/** Half of the longest round trip that a node believes an answer after: so far its idea of the time may be off. */
export const CLOCK_ERROR_MS = 2_501

export type Live = { id: string; ledger: Ledger }

export type View = {
  model: ModelAuthority
  books: Books
  /** The first is the parent of the others: all calls are charged to it. */
  budgets: readonly Budget[]
  live: readonly Live[]
  nowMs: number
  windowStart(ms: number): Date
}

/** Throws at the first invariant that does not hold. */
export function checkInvariants(view: View): void {
  const spent = new Map<string, bigint>()
  for (const [key, window] of view.model.windows) {
    checkWindow(view, key, window)
    spent.set(window.budgetId, (spent.get(window.budgetId) ?? 0n) + window.spent)
  }
  const [parent, ...children] = view.budgets.map(({ id }) => spent.get(id) ?? 0n)
  for (const child of children)
    if (child > (parent ?? 0n)) throw new Error(`I24: a child spent ${child}, its parent ${parent}`)
  for (const node of view.live) checkNode(view, node)
}

function checkWindow({ model, books }: View, key: string, window: ModelWindow): void {
  const book = books.windowOf(key)
  const { spent, limit, over, leases } = window
  const leased = leasedOf(window)
  if (spent !== book.spent) throw new Error(`I1: ${key}: spent ${spent}, rows say ${book.spent}`)
  if (spent < 0n || over < 0n) throw new Error(`I8: ${key}: spent ${spent}, over ${over}`)
  if (spent + leased > limit + over)
    throw new Error(`I2: ${key}: ${spent} + ${leased} is over ${limit} + ${over}`)
  for (const { amount } of leases.values())
    if (amount < 0n) throw new Error(`I8: ${key}: a lease of ${amount}`)
  if (model.budgets.get(window.budgetId)?.kind === 'soft') return
  const most = book.peak + book.beyond
  if (spent + leased > most)
    throw new Error(`I2: ${key}: ${spent} + ${leased} is set aside, the most is ${most}`)
  if (book.committed > most) throw new Error(`I2: ${key}: calls take ${book.committed}, the most is ${most}`)
  for (const [id, node] of book.nodes) {
    const lacking = node.needed - node.beyond - (leases.get(id)?.amount ?? 0n)
    if (lacking > node.uncovered)
      throw new Error(`I2: ${key}: ${id} uses ${node.needed}, ${lacking} more than is set aside for it`)
    if (node.uncovered > 0n) node.uncovered = lacking > 0n ? lacking : 0n
  }
}

function checkNode(view: View, { id, ledger }: Live): void {
  const { books, nowMs } = view
  const open = books.openOf(id).length
  const said = ledger.health().openCalls
  if (said !== open) throw new Error(`I3: a call left \`open\` twice, or never: ${said} instead of ${open}`)
  const clock = ledger.now().getTime()
  if (Math.abs(clock - nowMs) > CLOCK_ERROR_MS)
    throw new Error(`I18: ${id} is ${clock - nowMs} ms away from the database's time`)
  for (const budget of view.budgets) if (budget.kind === 'hard') checkRoom(view, id, ledger, budget)
}

/** A node never takes itself to have more than is set aside for it and not used. */
function checkRoom(view: View, id: string, ledger: Ledger, budget: Budget): void {
  const room = ledger.room([budget])
  if (room === null || room === 0n) return
  const now = asideNow(view, id, budget, view.nowMs)
  if (room <= now) return
  const near = [-CLOCK_ERROR_MS, CLOCK_ERROR_MS].map((ms) => asideNow(view, id, budget, view.nowMs + ms))
  if (near.every((aside) => room > aside))
    throw new Error(`I2: ${budget.id}: ${id} takes itself to have ${room}, and ${now} is set aside for it`)
}

function asideNow({ model, books, windowStart }: View, id: string, budget: Budget, ms: number): bigint {
  const key = keyOf(budget.id, windowStart(ms))
  const window = model.windows.get(key)
  if (!window) return 0n
  const { needed, beyond } = books.windowOf(key).nodes.get(id) ?? { needed: 0n, beyond: 0n }
  return (window.leases.get(id)?.amount ?? 0n) + beyond - needed
}
