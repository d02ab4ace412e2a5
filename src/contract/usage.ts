import { z } from 'zod'
import { OPERATIONS } from '../domain/operations.ts'
import { Id, Moment, Timestamp, TimeZone } from './fields.ts'
import { operation } from './operation.ts'

/** What usage can be grouped by, besides `tag:NAME`. */
export const USAGE_DIMENSIONS = [
  'team',
  'project',
  'environment',
  'user',
  'serviceAccount',
  'key',
  'model',
  'provider',
  'operation',
  'day',
] as const

const DIMENSION = new RegExp(`^(?:${USAGE_DIMENSIONS.join('|')}|tag:[a-z0-9_.-]{1,40})$`)

const Dimensions = z
  .string()
  .transform((text) => text.split(',').map((name) => (name === 'service-account' ? 'serviceAccount' : name)))
  .refine((dimensions) => dimensions.every((name) => DIMENSION.test(name)), {
    message: `expected one or more of ${USAGE_DIMENSIONS.join(', ')} or tag:NAME, parted by commas`,
  })
  .refine((dimensions) => dimensions.length <= 4 && new Set(dimensions).size === dimensions.length, {
    message: 'at most four, each once',
  })

/** Which calls are meant: used by the report and by the list of requests. */
export const usageFilter = {
  teamId: Id.optional(),
  projectId: Id.optional(),
  environmentId: Id.optional(),
  userId: Id.optional(),
  serviceAccountId: Id.optional(),
  keyId: Id.optional(),
  providerId: Id.optional(),
  model: z.string().max(200).optional().describe('the name the caller used'),
  operation: z.enum(OPERATIONS).optional(),
}

const sums = {
  /** Calls of our callers; a call that was retried is one call. */
  calls: z.int(),
  /** What was sent upstream or refused: one or more per call. */
  attempts: z.int(),
  /** Attempts that failed or were refused. */
  errors: z.int(),
  inputTokens: z.int(),
  cachedInputTokens: z.int(),
  cacheWriteTokens: z.int(),
  outputTokens: z.int(),
  reasoningTokens: z.int(),
  costUsd: z.string(),
}

export const usageReport = operation({
  name: 'usageReport',
  method: 'GET',
  path: '/v1/usage',
  summary: 'Sum up calls, tokens and cost, by team, key, model, day and more',
  permission: 'usage:read',
  query: {
    by: Dimensions.default(['team']).describe(
      `what to group by: up to four of ${USAGE_DIMENSIONS.join(', ')} or tag:NAME, parted by commas; team when not given`,
    ),
    from: Moment.default('-30d').describe('calls from then on, such as -7d or 2026-11-01'),
    to: Moment.default('now').describe('and before then'),
    timeZone: TimeZone.optional().describe("where days begin; the organization's when not given"),
    ...usageFilter,
    limit: z.coerce.number().int().min(1).max(10_000).default(1000).describe('most groups to show'),
  },
  response: z.object({
    from: Timestamp,
    to: Timestamp,
    timeZone: z.string(),
    /** Dearest first; with `day`, days in order. */
    data: z.array(z.object({ group: z.record(z.string(), z.string().nullable()), ...sums })),
    /** Over all groups, also those beyond `limit`. */
    total: z.object(sums),
    truncated: z.boolean(),
    /** The names of the ids that appear in `group`. */
    names: z.record(Id, z.string()),
  }),
  examples: [
    'claviger usage --by team,key,model --from -30d',
    'claviger usage --by day --team Search --from 2026-11-01 --time-zone Europe/Berlin --json',
    'claviger usage --by tag:cost-center --from 2026-10-01 --to 2026-11-01',
  ],
})
