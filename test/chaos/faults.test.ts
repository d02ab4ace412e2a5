import { expect, test } from 'vitest'
import { budgetCreate } from '../../src/contract/budgets.ts'
import { call } from '../../src/contract/client.ts'
import { serviceAccountCreate } from '../../src/contract/service-accounts.ts'
import { checkLedger } from '../../src/db/ledger-checks.ts'
import { type NanoUsd, parseUsd } from '../../src/domain/money.ts'
import { openPool } from '../ledger.ts'
import { randomFrom } from '../simulation/random.ts'
import { sum } from './bill.ts'
import { readBooks } from './books.ts'
import { type Cluster, nodeOf, quiet, startCluster } from './cluster.ts'
import { planFaults } from './fault-plan.ts'
import { strikeAll } from './fault-run.ts'
import { faultTable, printTable } from './fault-table.ts'
import { startLoad } from './load.ts'

/** `npm run faults` strikes more often, and prints the table of docs/reliability.md. */
const COUNT = Number(process.env.FAULTS ?? 11)
const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000)
const NODES = 3
const CALLERS = 12
/** The first caller has a budget of their own, the next three share one; both run out while the others go on. */
const OWN_USD = '0.01'
const SHARED = [1, 2, 3]
const SHARED_USD = '0.03'
const TEAM_USD = '500'
/** How long the small budgets may take to run out once all faults are over. */
const RUN_OUT_MS = 45_000
/** They go from node to node; the others stay with one, and so go on while another hangs. */
const roams = (caller: number) => caller < CALLERS / 2

test(
  `${NODES} gateways keep the books of one provider through ${COUNT} faults (seed ${SEED})`,
  async () => {
    await using cluster = await startCluster(NODES)
    await using db = openPool(cluster.databaseUrl)
    const { callers, sharedAccount } = await makeCallers(cluster)
    const probe = await cluster.installation.issueKey()

    const random = randomFrom(SEED)
    const plan = planFaults(COUNT, NODES, random)
    const load = startLoad((caller, n) => nodeOf(cluster, roams(caller) ? caller + n : caller >> 1), callers)
    const struck = await strikeAll(cluster, db, plan, random, probe.secret, load.sentAt)
    // What was worth testing happened: the small budgets ran out, however slow the machine is.
    const sharing = SHARED.map((index) => callers[index]?.name ?? '')
    const own = callers[0]?.name ?? ''
    const haveLeft = () =>
      [own, ...sharing].filter(
        (name) =>
          !load.seen.some(
            ({ user, status, text }) =>
              user.startsWith(name) && status === 429 && text.includes('budget_exceeded'),
          ),
      )
    await expect.poll(haveLeft, { interval: 500, timeout: RUN_OUT_MS }).toEqual([])
    await load.stop()
    await quiet(cluster)

    const bill = await cluster.installation.provider.bill()
    const { rows, windows } = await readBooks(db)
    const limits = [
      { limit: usd(OWN_USD), covers: (user: string) => user.startsWith(own) },
      { limit: usd(SHARED_USD), covers: (user: string) => sharing.some((name) => user.startsWith(name)) },
      { limit: usd(TEAM_USD), covers: () => true },
    ]
    const keys = new Map([...callers, { name: 'probe-nod', id: probe.id }].map(({ name, id }) => [name, id]))
    const keyOf = (user: string) => keys.get(user.slice(0, 9))
    const requestIdOf = new Map(load.seen.map(({ user, requestId }) => [user, requestId]))
    const table = faultTable({ struck, sentAt: load.sentAt, keyOf, requestIdOf, bill, rows, limits })
    process.stdout.write(`seed ${SEED}, ${COUNT} faults\n${printTable(table)}\n`)

    for (const { fault, overAdmissions, doubleCharges, lostCharges, wrongCosts } of table) {
      const wrong = { overAdmissions, doubleCharges, lostCharges, wrongCosts }
      expect(wrong, fault).toEqual({ overAdmissions: 0, doubleCharges: 0, lostCharges: [], wrongCosts: [] })
    }
    // Nobody saw the end of a call only where a fault broke it.
    const broken = plan.flat().reduce((calls, { fault }) => calls + CALLERS * fault.callsOfEach, 0)
    expect(rows.filter(({ estimated }) => estimated).length).toBeLessThanOrEqual(broken)
    for (const { spent, charged, over, budgetId } of windows) {
      expect([budgetId, spent, over]).toEqual([budgetId, charged, 0n])
    }
    expect(new Set(windows.map(({ budgetId }) => budgetId)).size).toBe(limits.length)
    const checks = await checkLedger(db, new Date(0))
    expect(checks.filter(({ faults }) => faults > 0)).toEqual([])

    // They were spent to their last calls.
    const spent = (names: readonly string[]) =>
      rows.filter(({ keyId }) => callers.some(({ id, name }) => id === keyId && names.includes(name)))
    const dearest = [...rows].reduce((most, { hold }) => (hold > most ? hold : most), 0n)
    expect(usd(SHARED_USD) - sum(spent(sharing).map(({ cost }) => cost))).toBeLessThan(2n * dearest)
    expect(sharedAccount).not.toBe('')
  },
  60_000 + COUNT * 15_000,
)

async function makeCallers({ installation }: Cluster) {
  const { client, ids } = installation
  await installation.addModels('quick', 'fake-slow')
  const team = { type: 'team' as const, id: ids.team }
  await call(client, budgetCreate, { body: { scope: team, period: 'total', limitUsd: TEAM_USD } })
  const { id: sharedAccount } = await call(client, serviceAccountCreate, {
    body: { projectId: ids.project, name: 'shared' },
  })
  const scope = { type: 'service_account' as const, id: sharedAccount }
  const terms = { period: 'total' as const, onShort: 'deny' as const }
  await call(client, budgetCreate, { body: { scope, ...terms, limitUsd: SHARED_USD } })
  const callers = await Promise.all(
    Array.from({ length: CALLERS }, async (_, index) => {
      const name = `caller-${String(index).padStart(2, '0')}`
      const own = index === 0 ? { budgets: [{ ...terms, limitUsd: OWN_USD }] } : {}
      const account = SHARED.includes(index) ? { serviceAccountId: sharedAccount } : {}
      return { name, ...(await installation.issueKey({ ...own, ...account })) }
    }),
  )
  return { callers, sharedAccount }
}

function usd(text: string): NanoUsd {
  const nano = parseUsd(text)
  if (nano === null) throw new Error(`${text} is no amount`)
  return nano
}
