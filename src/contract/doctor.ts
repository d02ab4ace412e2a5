import { z } from 'zod'
import { Moment, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

const Check = z.object({
  name: z.string(),
  /** What holds when nothing was found. */
  promise: z.string(),
  faults: z.int(),
  /** The first of them. Amounts in nano-USD. */
  examples: z.array(z.object({ subject: z.string(), problem: z.string() })),
})

export const doctorLedger = operation({
  name: 'doctorLedger',
  method: 'GET',
  path: '/v1/doctor/ledger',
  summary: 'Check the books: budgets against leases and usage, as they stand at this moment',
  permission: 'audit:read',
  query: {
    from: Moment.default('-31d').describe('windows that were open since then, and usage since then'),
  },
  response: z
    .object({ ok: z.boolean(), from: Timestamp, checks: z.array(Check) })
    .meta({ id: 'LedgerReport' }),
  examples: ['claviger doctor ledger', 'claviger doctor ledger --from 1970-01-01'],
})
