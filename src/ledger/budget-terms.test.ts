import { sql } from 'kysely'
import { expect, test } from 'vitest'
import {
  admitCall,
  leaseRequest,
  ledgerWorld,
  makeBudget,
  moneyFaults,
  outcome,
  passTime,
  raiseFor,
  setLimit,
  until,
} from '../../test/ledger.ts'
import { takeLeases } from '../db/ledger.ts'
import type { Budget } from '../domain/budget.ts'
import type { Authority } from './authority.ts'
import type { Admission, Ledger, Refusal } from './ledger.ts'

async function spend(ledger: Ledger, budget: Budget, costNanoUsd: bigint): Promise<void> {
  ledger.settle((await admitCall(ledger, [budget], costNanoUsd)) as Admission, outcome({ costNanoUsd }))
}

const passes = (answer: Admission | Refusal) => !('refused' in answer)

test.each(['hard', 'soft'] as const)(
  'a %s budget that is spent up to its line lets nothing in that costs anything',
  async (kind) => {
    await using world = await ledgerWorld()
    const ledger = await world.open()
    const budget = await makeBudget(world.db, { kind, limitNanoUsd: 100n, suspendAtPercent: 90 })
    await spend(ledger, budget, 89n)
    expect(passes(await admitCall(ledger, [budget], 1n))).toBe(true)
    await spend(ledger, budget, 1n)
    expect(await admitCall(ledger, [budget], 1n)).toMatchObject({
      refused: 'suspended',
      budget: { id: budget.id },
      standing: { limitNanoUsd: 100n, resetsAt: expect.any(Date) },
    })
    expect(passes(await admitCall(ledger, [budget], 0n)), 'what costs nothing').toBe(true)

    await until(() => ledger.health().backlogRows === 0, 'the usage is booked')
    await setLimit(world.db, budget, 200n)
    world.send({ topic: 'budget', id: budget.id })
    expect(passes(await admitCall(ledger, [budget], 1n)), 'a higher limit lets calls in again').toBe(true)
  },
)

test('what was spent elsewhere counts too, as soon as the node hears of it', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const budget = await makeBudget(world.db, { kind: 'soft', limitNanoUsd: 100n, suspendAtPercent: 90 })
  expect(passes(await admitCall(ledger, [budget], 1n))).toBe(true)
  await sql`update budget_windows set spent_nano_usd = 90`.execute(world.db)
  world.send({ topic: 'budget', id: budget.id })
  expect(await admitCall(ledger, [budget], 1n)).toMatchObject({ refused: 'suspended' })
})

test('from its line on a budget lets so many calls a minute through, and names itself', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const lines = { throttleAtPercent: 50, throttleRequestsPerMinute: 2 }
  const budget = await makeBudget(world.db, { ...lines, limitNanoUsd: 100n })
  for (let calls = 0; calls < 5; calls++) await spend(ledger, budget, 10n)
  const answers = [1, 2, 3, 4].map(() => admitCall(ledger, [budget], 1n))
  const [first, second, ...refused] = await Promise.all(answers)
  expect([first, second].map((answer) => passes(answer as Admission))).toEqual([true, true])
  for (const answer of refused) {
    expect(answer).toMatchObject({
      refused: 'throttled',
      budget: { id: budget.id },
      retryAfterMs: expect.any(Number),
    })
  }
  expect(passes(await admitCall(ledger, [budget], 0n)), 'what costs nothing').toBe(true)
})

test('a raise ends by itself, with no message and no job: the lease is given back at its time', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const budget = await makeBudget(world.db, { limitNanoUsd: 100n })
  const endsAt = await raiseFor(world.db, budget, 50n, 1_000)
  await spend(ledger, budget, 30n)
  const call = (await admitCall(ledger, [budget], 90n)) as Admission
  expect(call).not.toHaveProperty('refused')
  await until(() => ledger.now() > endsAt, 'the raise is over')
  expect(await admitCall(ledger, [budget], 1n)).toMatchObject({ refused: 'budget', remainingNanoUsd: 0n })
  ledger.settle(call, outcome({ costNanoUsd: 60n }))
  await until(() => ledger.health().backlogRows === 0, 'the usage is booked')
  world.send({ topic: 'budget', id: budget.id })
  expect(await admitCall(ledger, [budget], 11n)).toMatchObject({ refused: 'budget' })
  expect(passes(await admitCall(ledger, [budget], 10n))).toBe(true)
  expect(await moneyFaults(world.db)).toEqual([])
})

test('a suspended budget lets calls in again with its next window', async () => {
  await using world = await ledgerWorld()
  let endsSoon = false
  const through = (authority: Authority): Authority => ({
    ...authority,
    async take(requests) {
      const answer = await authority.take(requests)
      const windowEnd = new Date(answer.databaseNow.getTime() + 500)
      if (endsSoon) for (const window of answer.windows) window.windowEnd = windowEnd
      return answer
    },
  })
  const ledger = await world.open({ through })
  const budget = await makeBudget(world.db, { limitNanoUsd: 100n, suspendAtPercent: 90 })
  endsSoon = true
  await spend(ledger, budget, 95n)
  await until(() => ledger.health().backlogRows === 0, 'the usage is booked')
  expect(await admitCall(ledger, [budget], 1n)).toMatchObject({ refused: 'suspended' })
  await passTime(world.db, budget, '1 month')
  await until(async () => passes(await admitCall(ledger, [budget], 1n)), 'the next window begins')
})

test('in the next cell of any 24 hours a node keeps what it has not spent', async () => {
  await using world = await ledgerWorld()
  const moved = movedAuthority()
  const ledger = await world.open({ through: moved.through })
  const budget = await makeBudget(world.db, { window: 'rolling_24h', limitNanoUsd: 100n })
  await spend(ledger, budget, 30n)
  await until(() => ledger.health().backlogRows === 0, 'the usage is booked')
  await passTime(world.db, budget, '15 minutes')
  moved.begin()
  const cells = async () => {
    await ledger.prepare([budget], 1n)
    return await world.db.selectFrom('budgetWindows').selectAll().orderBy('windowStart').execute()
  }
  await until(async () => (await cells()).length === 2, 'the next cell begins')
  expect(await cells()).toMatchObject([
    { spentNanoUsd: 30n, leasedNanoUsd: 0n },
    { limitNanoUsd: 70n, leasedNanoUsd: 70n },
  ])
  expect(ledger.room([budget])).toBe(70n)
})

test('what a node holds idle in a cell that is over is there for another', async () => {
  await using world = await ledgerWorld()
  const moved = movedAuthority()
  const ledger = await world.open({ through: moved.through })
  const budget = await makeBudget(world.db, { window: 'rolling_24h', limitNanoUsd: 100n })
  const call = (await admitCall(ledger, [budget], 10n)) as Admission
  await passTime(world.db, budget, '15 minutes')
  moved.begin()
  let turn = 0n
  const take = async () => {
    const request = leaseRequest(budget.id, { wantNanoUsd: 90n })
    return (await takeLeases(world.db, 'node_b', ++turn, [request])).windows[0]
  }
  expect(await take()).toMatchObject({ leaseNanoUsd: 0n, missingNanoUsd: 90n, recallable: true })
  world.send({ topic: 'recall', id: budget.id, node: 'node_b' })
  await until(async () => (await take())?.leaseNanoUsd === 90n, 'the node has given back what is free')
  ledger.settle(call, outcome({ costNanoUsd: 10n }))
})

/**
 * An authority for whose node a window ends soon. From `begin` on, when time has moved the window in the database, the
 * node's name for it is translated; and the next one, which starts where it did, has another name.
 */
function movedAuthority(): { through(authority: Authority): Authority; begin(): void } {
  let begun = false
  const shifted = (start: Date, ms: number) => new Date(start.getTime() + ms)
  const move = <Named extends { windowStart: Date }>(named: Named): Named => {
    if (!begun) return named
    const { windowStart } = named
    return { ...named, windowStart: shifted(windowStart, windowStart.getTime() % 2 ? -1 : -15 * 60_000) }
  }
  return {
    begin() {
      begun = true
    },
    through: (authority) => ({
      ...authority,
      async take(requests) {
        const { databaseNow, windows } = await authority.take(
          requests.map(({ known, ...request }) => ({ ...request, known: known && move(known) })),
        )
        const told = windows.map((window) =>
          begun
            ? { ...window, windowStart: shifted(window.windowStart, 1) }
            : { ...window, windowEnd: shifted(databaseNow, 300) },
        )
        return { databaseNow, windows: told }
      },
      giveBack: (leases, recalled) => authority.giveBack(leases.map(move), recalled),
    }),
  }
}
