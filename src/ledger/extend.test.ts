import { readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  callRequest,
  type LedgerWorld,
  ledgerWorld,
  makeBudget,
  moneyFaults,
  mustAdmit,
  outcome,
  setLimit,
  until,
  windowOf,
} from '../../test/ledger.ts'
import type { Budget } from '../domain/budget.ts'
import type { Admission, Ledger } from './ledger.ts'

let world: LedgerWorld
let ledger: Ledger
let wide: Budget
let narrow: Budget

beforeEach(async () => {
  world = await ledgerWorld()
  wide = await makeBudget(world.db, { limitNanoUsd: 1_000n })
  narrow = await makeBudget(world.db, { limitNanoUsd: 300n })
  ledger = await world.open()
  return () => world[Symbol.asyncDispose]()
})

async function held(holdNanoUsd: bigint, budgets = [wide, narrow]): Promise<Admission> {
  await ledger.prepare(budgets, holdNanoUsd)
  const admission = mustAdmit(ledger, callRequest({ budgets, holdNanoUsd }))
  await ledger.journaled(admission)
  return admission
}

const roomOf = (budget: Budget) => ledger.room([budget])

describe('a call that holds more', () => {
  test('holds it in each of its budgets, or in none', async () => {
    const call = await held(100n)
    expect(ledger.extend(call, 150n)).toBe(true)
    expect([roomOf(wide), roomOf(narrow)]).toEqual([750n, 50n])
    expect(ledger.extend(call, 51n), 'more than the narrow one has left').toBe(false)
    expect([roomOf(wide), roomOf(narrow)]).toEqual([750n, 50n])
    expect(call.heldNanoUsd).toBe(250n)
    expect(ledger.extend(call, 50n)).toBe(true)
  })

  test('gives all of it back when it settles, and its row says what it held', async () => {
    const call = await held(100n)
    ledger.extend(call, 50n)
    ledger.extend(call, 25n)
    ledger.settle(call, outcome({ costNanoUsd: 160n }))
    expect([roomOf(wide), roomOf(narrow)]).toEqual([840n, 140n])
    expect(ledger.extend(call, 1n), 'it is over').toBe(false)
    await ledger.close(5_000)
    const row = await world.db.selectFrom('usage').selectAll().executeTakeFirstOrThrow()
    expect(row).toMatchObject({ holdNanoUsd: 175n, costNanoUsd: 160n })
    expect(world.logged.some((line) => line.includes('usage.above_hold'))).toBe(false)
    expect(await moneyFaults(world.db)).toEqual([])
    expect(readdirSync(join(world.dataDir, 'journal'))).toEqual([])
  })

  test('gets nothing while nobody knows what the changed budget is', async () => {
    const call = await held(100n)
    await setLimit(world.db, narrow, 150n)
    world.send({ topic: 'budget', id: narrow.id })
    expect(ledger.extend(call, 10n)).toBe(false)
    await until(() => ledger.extend(call, 10n), 'the authority has said')
    expect(ledger.extend(call, 41n)).toBe(false)
  })

  test('gets nothing when it cannot be written, and nothing is held for it', async () => {
    await ledger.prepare([wide], 100n)
    const request = callRequest({ budgets: [wide], holdNanoUsd: 100n })
    symlinkSync('/dev/full', join(world.dataDir, 'journal', '0000000001.ndjson'))
    const call = mustAdmit(ledger, request)
    expect(ledger.extend(call, 50n)).toBe(false)
    await expect(ledger.journaled(call)).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(roomOf(wide)).toBe(1_000n)
  })
})

describe('a crash', () => {
  test('charges the whole of what was held, and leaves no journal behind', async () => {
    const call = await held(100n)
    ledger.recordAttempt(call, outcome({ attempt: 1, status: 503 }))
    expect(ledger.extend(call, 50n)).toBe(true)
    const again = await world.open()
    await again.close(5_000)
    const rows = await world.db.selectFrom('usage').selectAll().where('estimated', '=', true).execute()
    expect(rows).toMatchObject([{ id: call.id, holdNanoUsd: 150n, costNanoUsd: 150n, attempt: 2 }])
    expect((await windowOf(world.db, narrow))?.spent).toBe(150n)
    expect(await moneyFaults(world.db)).toEqual([])
    expect(readdirSync(join(world.dataDir, 'journal'))).toEqual([])
  })
})
