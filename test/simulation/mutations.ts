import type { Budget } from '../../src/domain/budget.ts'
import type { openLedger } from '../../src/ledger/create-ledger.ts'
import type { Disk } from '../../src/ledger/disk.ts'
import type { Admission, Ledger } from '../../src/ledger/ledger.ts'
import { outcome } from '../ledger.ts'
import type { Edit } from './broken-ledger.ts'
import type { MemoryDisk } from './memory-disk.ts'
import { keyOf, leasedOf, type ModelAuthority, type ModelWindow, type Side } from './model-authority.ts'

/** What may be broken on purpose, to see that the invariants notice. */
export type Mutation = {
  authority?: (side: Side, model: ModelAuthority) => Side
  /** What a call is charged to. */
  budgets?: (budgets: Budget[]) => Budget[]
  settle?: (ledger: Ledger, admission: Admission, costNanoUsd: bigint) => void
  extend?: (ledger: Ledger, admission: Admission, extraNanoUsd: bigint) => boolean
  disk?: (disk: Disk) => Disk
  clock?: () => number
  /** As `openLedger`, of a ledger that is broken. */
  open?: typeof openLedger
  beforeRestart?: (disk: MemoryDisk) => void
}

/** A broken rule, the invariant that notices, and within how many steps from the first seed on. */
export type MutationCase = { name: string; within: number; notice: RegExp } & (
  | { mutation: Mutation; edit?: undefined }
  | { edit: Edit; mutation?: undefined }
)

export const MUTATIONS: MutationCase[] = [
  {
    name: 'an authority that books a batch again',
    within: 2_000,
    notice: /I6/,
    mutation: {
      authority: (side, model) => ({
        ...side,
        settle(turn, batch, keys) {
          model.usage.clear()
          return side.settle(turn, batch, keys)
        },
      }),
    },
  },
  {
    name: 'an authority that grants what is leased already',
    within: 2_000,
    notice: /I2/,
    mutation: {
      authority: (side, model) => ({
        ...side,
        take(turn, requests) {
          const answer = side.take(turn, requests)
          for (const state of answer.windows)
            state.leaseNanoUsd = model.budgets.get(state.budgetId)?.limit ?? 0n
          return answer
        },
      }),
    },
  },
  {
    name: 'an authority that forgets to lower the lease',
    within: 2_000,
    notice: /I2/,
    mutation: {
      authority: (side, model) => ({
        ...side,
        settle(turn, batch, keys) {
          const own = (window: ModelWindow) => window.leases.get(side.nodeId)
          const before = [...model.windows.values()].map(
            (window) => [window, own(window)?.amount ?? 0n] as const,
          )
          const answer = side.settle(turn, batch, keys)
          for (const [window, amount] of before) {
            const lease = own(window)
            if (lease) lease.amount = amount
          }
          return answer
        },
      }),
    },
  },
  {
    name: 'an authority that takes back more than is given',
    within: 5_000,
    notice: /I2/,
    mutation: {
      authority: (side) => ({
        ...side,
        giveBack(turn, given, recalled) {
          const less = given.map((lease) => ({ ...lease, neededNanoUsd: lease.neededNanoUsd / 2n }))
          return side.giveBack(turn, less, recalled)
        },
      }),
    },
  },
  {
    name: 'an authority that answers a recall twice',
    within: 5_000,
    notice: /I2/,
    mutation: {
      authority: (side, model) => ({
        ...side,
        giveBack(turn, given, recalled) {
          const own = () =>
            given.map((key) =>
              model.windows.get(keyOf(key.budgetId, key.windowStart))?.leases.get(side.nodeId),
            )
          const before = own().map((lease) => lease?.amount ?? 0n)
          const answer = side.giveBack(turn, given, recalled)
          own().forEach((lease, at) => {
            const returned = (before[at] ?? 0n) - (lease?.amount ?? 0n)
            if (!lease || returned <= 0n) return
            lease.amount = lease.amount > returned ? lease.amount - returned : 0n
          })
          return answer
        },
      }),
    },
  },
  {
    name: 'an authority that carries out a question that is overtaken',
    within: 300_000,
    notice: /I2/,
    mutation: {
      authority(side, model) {
        const forgetTurns = () => {
          for (const { leases } of model.windows.values()) {
            const lease = leases.get(side.nodeId)
            if (lease) lease.turn = 0n
          }
        }
        return {
          ...side,
          take(turn, requests) {
            forgetTurns()
            return side.take(turn, requests)
          },
          giveBack(turn, given, recalled) {
            forgetTurns()
            return side.giveBack(turn, given, recalled)
          },
        }
      },
    },
  },
  {
    name: 'an authority that grants beyond the limit',
    within: 2_000,
    notice: /I2/,
    mutation: {
      authority: (side, model) => ({
        ...side,
        take(turn, requests) {
          const answer = side.take(turn, requests)
          for (const window of model.windows.values()) {
            const lease = window.leases.get(side.nodeId)
            if (lease && leasedOf(window) + window.spent === window.limit) lease.amount++
          }
          return answer
        },
      }),
    },
  },
  {
    name: 'an authority that charges what was refused',
    within: 5_000,
    notice: /I20/,
    mutation: {
      authority: (side) => ({
        ...side,
        settle(turn, batch, keys) {
          const rows = JSON.parse(String(batch)) as { status: number; cost_nano_usd: string }[]
          for (const row of rows) if (row.status === 429) row.cost_nano_usd = '1'
          return side.settle(turn, Buffer.from(JSON.stringify(rows)), keys)
        },
      }),
    },
  },
  {
    name: 'a node that counts a lease twice when it is told of it again',
    within: 2_000,
    notice: /I2/,
    mutation: {
      authority(side) {
        const granted = new Map<string, bigint>()
        return {
          ...side,
          take(turn, requests) {
            const answer = side.take(turn, requests)
            for (const state of answer.windows) {
              const key = keyOf(state.budgetId, state.windowStart)
              const before = granted.get(key) ?? 0n
              granted.set(key, state.leaseNanoUsd)
              state.leaseNanoUsd += before
            }
            return answer
          },
        }
      },
    },
  },
  {
    name: 'a hard budget that is taken for a soft one',
    within: 5_000,
    notice: /I2/,
    mutation: { budgets: (budgets) => budgets.map((budget) => ({ ...budget, kind: 'soft' })) },
  },
  {
    name: 'a call that is charged to a child and not to its parent',
    within: 2_000,
    notice: /I24/,
    mutation: { budgets: (budgets) => (budgets.length > 1 ? budgets.slice(1) : budgets) },
  },
  {
    name: 'a call that may settle twice',
    within: 1_000,
    notice: /I3/,
    mutation: {
      settle(ledger, admission, costNanoUsd) {
        for (let times = 0; times < 2; times++)
          ledger.settle({ ...admission, settled: false }, outcome({ costNanoUsd }))
      },
    },
  },
  { name: 'a call that is never settled', within: 1_000, notice: /I3/, mutation: { settle: () => {} } },
  {
    name: 'a call that is settled at its hold, whatever it cost',
    within: 1_000,
    notice: /I3/,
    mutation: {
      settle: (ledger, admission) =>
        ledger.settle(admission, outcome({ costNanoUsd: admission.request.holdNanoUsd })),
    },
  },
  {
    name: 'a node that loses its journal',
    within: 10_000,
    notice: /I1|I2|I3/,
    mutation: { beforeRestart: (disk) => disk.erase() },
  },
  {
    name: 'a disk that says it has written, and has not',
    within: 1_000,
    notice: /I4/,
    mutation: { disk: (disk) => ({ ...disk, write: (_file, _bytes, _from, count) => count }) },
  },
  {
    name: 'a node that goes by its wall clock',
    within: 5_000,
    notice: /I17|I18/,
    mutation: { clock: () => Date.now() },
  },
  {
    name: 'a call that holds more than is written down',
    within: 5_000,
    notice: /I[1-8]/,
    mutation: {
      extend(ledger, admission, extraNanoUsd) {
        if ((ledger.room(admission.request.budgets) ?? extraNanoUsd) < extraNanoUsd) return false
        admission.heldNanoUsd += extraNanoUsd
        return true
      },
    },
  },
  {
    name: 'a call that holds more than is left',
    within: 5_000,
    notice: /I[1-8]/,
    mutation: {
      extend(ledger, admission, extraNanoUsd) {
        ledger.extend(admission, extraNanoUsd)
        return true
      },
    },
  },
  {
    name: 'a node that goes on with what it had when a limit falls',
    within: 20_000,
    notice: /I2/,
    edit: {
      file: 'leases.ts',
      text: 'function doubt(budgetId: string): void {',
      becomes: 'function doubt(budgetId: string): void { return',
    },
  },
  {
    name: 'a node that uses what came free while more is out than a lowered limit allows',
    within: 20_000,
    notice: /I2/,
    edit: {
      file: 'leases.ts',
      text: 'function freed(window: Window): void {',
      becomes: 'function freed(window: Window): void { return',
    },
  },
  {
    name: 'a node that heard that a limit fell, and does not wait for what it is now',
    within: 20_000,
    notice: /I2/,
    edit: {
      file: 'leases.ts',
      text: 'account.doubts === account.answered && nowMs < account.endMs',
      becomes: 'nowMs < account.endMs',
    },
  },
  {
    name: 'a node that does not hear that others have what it held while it was not trusted',
    within: 100_000,
    notice: /I2/,
    edit: {
      file: 'heartbeat.ts',
      text: 'if (clock.now() >= trustedUntilMs) lapsed()',
      becomes: '',
    },
  },
  {
    name: 'a node that is not trusted any more and goes on',
    within: 100_000,
    notice: /I2/,
    edit: { file: 'leases.ts', text: ' && nowMs < trustedUntilMs()', becomes: '' },
  },
  {
    name: 'a call whose cost nobody knows and that is not marked',
    within: 5_000,
    notice: /not marked as estimated/,
    edit: {
      file: 'usage-row.ts',
      text: 'costNanoUsd: holdNanoUsd, estimated: true',
      becomes: 'costNanoUsd: holdNanoUsd, estimated: false',
    },
  },
  {
    name: 'an authority that takes every cost for known',
    within: 5_000,
    notice: /not marked as estimated/,
    mutation: {
      authority: (side, model) => ({
        ...side,
        settle(turn, batch, keys) {
          const answer = side.settle(turn, batch, keys)
          for (const row of model.booked) row.estimated = false
          return answer
        },
      }),
    },
  },
  {
    name: 'an authority that books attempts to the parent only',
    within: 5_000,
    notice: /I17/,
    mutation: {
      authority: (side) => ({
        ...side,
        settle(turn, batch, keys) {
          const rows = JSON.parse(String(batch)) as { status: number; budget_ids: string[] }[]
          for (const row of rows) if (row.status === 503) row.budget_ids.splice(1)
          return side.settle(turn, Buffer.from(JSON.stringify(rows)), keys)
        },
      }),
    },
  },
  {
    name: 'an authority that loses attempts',
    within: 5_000,
    notice: /I6: not every attempt/,
    mutation: {
      authority: (side) => ({
        ...side,
        settle(turn, batch, keys) {
          const rows = JSON.parse(String(batch)) as { status: number }[]
          const kept = rows.filter(({ status }) => status !== 503)
          return side.settle(turn, Buffer.from(JSON.stringify(kept)), keys)
        },
      }),
    },
  },
]
