import { parseArgs } from 'node:util'
import { createLedger } from '../src/ledger/create-ledger.ts'
import { createLog } from '../src/log.ts'
import { createMetrics } from '../src/metrics.ts'
import { callRequest, localBus, mustAdmit, NODE_TERMS, openPool, outcome, prepareRates } from './ledger.ts'

/* Lets some calls in, settles every other one of them, and then waits until it is killed. */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: '' },
    'data-dir': { type: 'string', default: '' },
    node: { type: 'string', default: '' },
    limit: { type: 'string', default: '' },
    calls: { type: 'string', default: '' },
  },
})

const ledger = await createLedger({
  db: openPool(values.url),
  nodeId: values.node,
  ...NODE_TERMS,
  dataDir: values['data-dir'],
  bus: localBus().bus,
  metrics: createMetrics(),
  log: createLog({ logLevel: 'error' }),
})
const rateLimits = [JSON.parse(values.limit)]
for (let call = 0; call < Number(values.calls); call++) {
  await prepareRates(ledger, rateLimits, 0)
  const admission = mustAdmit(ledger, callRequest({ rateLimits }))
  await ledger.journaled(admission)
  if (call % 2 === 0) ledger.settle(admission, outcome())
}
process.stdout.write('ready\n')
