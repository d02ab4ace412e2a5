import { z } from 'zod'
import { Moment, Timestamp, Usd } from './fields.ts'
import { operation } from './operation.ts'

const Check = z.object({
  name: z.string(),
  /** What holds when nothing was found. */
  promise: z.string(),
  faults: z.int(),
  /** The first of them. Amounts in nano-USD. */
  examples: z.array(z.object({ subject: z.string(), problem: z.string() })),
})

const NodeId = z.string().regex(/^node_\w{1,60}$/, 'expected the id of a node, as doctor ledger prints it')

/** What is set aside for a node that is gone: nobody else can spend it. */
const Stranded = z.object({
  nodeId: z.string(),
  heardOfAt: Timestamp.nullable(),
  setAsideUsd: Usd,
  windows: z.int(),
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
    .object({ ok: z.boolean(), from: Timestamp, checks: z.array(Check), stranded: z.array(Stranded) })
    .meta({ id: 'LedgerReport' }),
  examples: ['claviger doctor ledger', 'claviger doctor ledger --from 1970-01-01'],
})

export const doctorReconcile = operation({
  name: 'doctorReconcile',
  method: 'POST',
  path: '/v1/doctor/nodes/{nodeId}/reconcile',
  summary: 'Give back what is set aside for a node that will never return',
  permission: 'budget:update',
  params: { nodeId: NodeId },
  body: z.strictObject({
    reason: z.string().trim().min(1).max(500).describe('how you know, for the audit trail'),
  }),
  response: z.object({ nodeId: z.string(), givenBackUsd: Usd, windows: z.int() }),
  examples: ['claviger doctor reconcile node_01JD… --reason "the machine is gone, its disk too"'],
})
