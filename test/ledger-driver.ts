import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createLedger } from '../src/ledger/create-ledger.ts'
import { createLog } from '../src/log.ts'
import { createMetrics } from '../src/metrics.ts'
import { admitCall, hardBudget, localBus, NODE_TERMS, openPool, outcome } from './ledger.ts'

/*
 * Calls under load until it is killed. Each call that is let in goes "upstream": a line in the bill, which is what the
 * provider would charge. A call takes a few turns, and settles at what the bill says.
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: '' },
    'data-dir': { type: 'string', default: '' },
    budgets: { type: 'string', default: '' },
    bill: { type: 'string', default: '' },
    /** For the negative control: a node that forgets its journal. */
    forgetful: { type: 'boolean', default: false },
  },
})

if (values.forgetful) rmSync(join(values['data-dir'], 'journal'), { recursive: true, force: true })
const ledger = await createLedger({
  db: openPool(values.url),
  nodeId: 'node_test',
  ...NODE_TERMS,
  dataDir: values['data-dir'],
  bus: localBus().bus,
  metrics: createMetrics(),
  log: createLog({ logLevel: 'error' }),
})
const budgets = values.budgets.split(',').map((id) => hardBudget({ id, limitNanoUsd: 0n }))
process.stdout.write('ready\n')
for (let worker = 0; worker < 32; worker++) work(worker)

async function work(worker: number): Promise<void> {
  for (let calls = 0; ; calls++) {
    const holdNanoUsd = 100n + BigInt((worker * 31 + calls * 17) % 50)
    const admission = await admitCall(ledger, budgets, holdNanoUsd)
    if ('refused' in admission) {
      await pause(20)
      continue
    }
    // Every fifth outgrows its hold, and holds more before it goes on.
    const grown = calls % 5 === 0 && ledger.extend(admission, 60n) ? 60n : 0n
    const costNanoUsd = holdNanoUsd + grown - BigInt(calls % 90)
    appendFileSync(values.bill, `${admission.id} ${costNanoUsd}\n`)
    await pause(calls % 4)
    if (calls % 7 === 0) ledger.recordAttempt(admission, outcome({ attempt: 1, status: 503 }))
    ledger.settle(admission, outcome({ attempt: calls % 7 === 0 ? 2 : 1, costNanoUsd }))
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
