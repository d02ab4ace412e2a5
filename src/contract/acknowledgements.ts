import { z } from 'zod'
import { Id, Name, page, pageQuery, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

/** How one person stands to one document that concerns them. */
const Acknowledgement = z
  .object({
    documentId: Id,
    documentTitle: Name,
    required: z.boolean(),
    versionNumber: z.int(),
    userId: Id,
    user: z.object({ name: z.string(), email: z.string() }),
    state: z.enum(['acknowledged', 'exempt', 'due', 'overdue']),
    /** Null where nothing is required. */
    dueBy: Timestamp.nullable(),
    scorePercent: z.int().nullable(),
    acknowledgedAt: Timestamp.nullable(),
    expiresAt: Timestamp.nullable(),
  })
  .meta({ id: 'Acknowledgement' })

const filter = {
  documentId: Id.optional(),
  userId: Id.optional(),
  missing: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .describe('only who has still to read it'),
}

export const acknowledgementList = operation({
  name: 'acknowledgementList',
  method: 'GET',
  path: '/v1/acknowledgements',
  summary: 'List who has read what that concerns them, and who has still to',
  permission: 'acknowledgement:read',
  query: {
    ...pageQuery,
    ...filter,
    teamId: Id.optional().describe('only who holds a role in this team or its projects; its admins may'),
  },
  response: page(Acknowledgement),
  examples: ['claviger acknowledgement list --document "AI policy" --missing true'],
})

/** How many of whom a document concerns: `missing` have still to read it. */
const Counts = { read: z.int(), exempt: z.int(), missing: z.int() }

export const acknowledgementCount = operation({
  name: 'acknowledgementCount',
  method: 'GET',
  path: '/v1/acknowledgements/count',
  summary: 'Count who has read what that concerns them, by document and by team',
  permission: 'acknowledgement:read',
  query: { documentId: Id.optional() },
  response: z.object({
    data: z.array(
      z.object({
        documentId: Id,
        documentTitle: Name,
        ...Counts,
        /** Who holds a role in several teams is counted in each. */
        teams: z.array(z.object({ teamId: Id, ...Counts })),
      }),
    ),
  }),
  examples: ['claviger acknowledgement count', 'claviger acknowledgement count --document "AI policy"'],
})

export const acknowledgementExport = operation({
  name: 'acknowledgementExport',
  method: 'GET',
  path: '/v1/acknowledgements/export',
  summary: 'The same list as CSV, whole, for an auditor',
  permission: 'acknowledgement:read',
  query: filter,
  download: 'text/csv',
  examples: ['claviger acknowledgement export', 'claviger acknowledgement export --missing true'],
})
