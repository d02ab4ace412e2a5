import { readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  callRequest,
  type LedgerWorld,
  ledgerWorld,
  makeBudget,
  moneyFaults,
  mustAdmit,
  outcome,
  until,
  windowOf,
} from '../../test/ledger.ts'
import { tcpProxy } from '../../test/tcp-proxy.ts'
import type { Admission } from './ledger.ts'

test('when a power cut takes the end of the journal, calls in it are not charged, or at their hold, and none twice', async () => {
  await using world = await ledgerWorld()
  await using wire = await tcpProxy(world.url)
  const ledger = await world.open({ url: wire.url })
  const budget = await makeBudget(world.db, { limitNanoUsd: 10_000n })
  await ledger.prepare([budget], 0n)
  const admit = async (): Promise<Admission> => {
    const admission = mustAdmit(ledger, callRequest({ budgets: [budget], holdNanoUsd: 100n }))
    await ledger.journaled(admission)
    return admission
  }
  const booked = await admit()
  const endLost = await admit()
  const file = journalOf(world)
  const onDisk = statSync(file).size

  ledger.settle(booked, outcome({ costNanoUsd: 60n }))
  await until(async () => (await windowOf(world.db, budget))?.spent === 60n, 'the first is booked')
  wire.cut()
  ledger.settle(endLost, outcome({ costNanoUsd: 60n }))
  const lost = await admit()
  ledger.settle(lost, outcome({ costNanoUsd: 60n }))
  await ledger.close(300)
  expect(statSync(file).size).toBeGreaterThan(onDisk)
  truncateSync(file, onDisk)

  wire.restore()
  await world.open()
  const rows = await world.db.selectFrom('usage').select(['id', 'costNanoUsd', 'estimated']).execute()
  expect(rows).toHaveLength(2)
  expect(rows).toContainEqual({ id: booked.id, costNanoUsd: 60n, estimated: false })
  expect(rows).toContainEqual({ id: endLost.id, costNanoUsd: 100n, estimated: true })
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 160n, leased: 0n })
  expect(await moneyFaults(world.db)).toEqual([])
})

function journalOf({ dataDir }: LedgerWorld): string {
  const directory = join(dataDir, 'journal')
  const [name, ...others] = readdirSync(directory)
  if (!name || others.length > 0) throw new Error('the journal is not one segment')
  return join(directory, name)
}
