import { z } from 'zod'
import { OPERATIONS } from '../domain/operations.ts'
import { Id, Moment, Tags, Timestamp, TimeZone } from './fields.ts'
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
  'hour',
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

/** Hours are told apart in a week at most, also in one in which clocks go back. */
export const MOST_HOURS = 7 * 24 + 1

const TagFilter = z
  .string()
  .max(4000)
  .transform((text, ctx) => {
    const tags = Tags.safeParse(readTags(text))
    if (tags.success) return tags.data
    ctx.addIssue('expected a tag as name=value, or several in JSON: {"cost-center":"4711","feature":"chat"}')
    return z.NEVER
  })
  .describe('a tag as name=value, or several that must all be there as JSON: {"cost-center":"4711"}')

function readTags(text: string): unknown {
  const at = text.indexOf('=')
  if (!text.startsWith('{')) return at > 0 ? { [text.slice(0, at)]: text.slice(at + 1) } : null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Which calls are meant: used by the report and by the list of requests. */
export const usageFilter = {
  teamId: Id.optional(),
  projectId: Id.optional(),
  environmentId: Id.optional(),
  userId: Id.optional(),
  serviceAccountId: Id.optional(),
  keyId: Id.optional(),
  secretId: Id.optional().describe('one of the secrets of a key'),
  providerId: Id.optional(),
  model: z.string().max(200).optional().describe('the name the caller used'),
  operation: z.enum(OPERATIONS).optional(),
  tag: TagFilter.optional(),
  priced: z
    .stringbool({ truthy: ['true'], falsy: ['false'] })
    .optional()
    .describe('only calls whose price is known, or only the rest'),
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
  summary: 'Sum up calls, tokens and cost, by team, key, model, day, hour and more',
  permission: 'usage:read',
  query: {
    by: Dimensions.default(['team']).describe(
      `what to group by: up to four of ${USAGE_DIMENSIONS.join(', ')} or tag:NAME, parted by commas; team when not given; hour for at most 7 days`,
    ),
    from: Moment.default('-30d').describe('calls from then on, such as -7d or 2026-11-01'),
    to: Moment.default('now').describe('and before then'),
    timeZone: TimeZone.optional().describe("where days and hours begin; the organization's when not given"),
    ...usageFilter,
    limit: z.coerce.number().int().min(1).max(10_000).default(1000).describe('most groups to show'),
  },
  response: z.object({
    /** What was counted: where single calls were erased, the quarters of an hour in which what was asked for begins and ends. */
    from: Timestamp,
    to: Timestamp,
    timeZone: z.string(),
    /**
     * Dearest first; with `day` or `hour`, these in order. An hour is called as it is there, with the distance from UTC:
     * `2026-10-25T02:00+02:00`.
     */
    data: z.array(z.object({ group: z.record(z.string(), z.string().nullable()), ...sums })),
    /** Over all groups, also those beyond `limit`. */
    total: z.object(sums),
    /** Calls of which the model that served has no known price: in the sums, they cost what was held for them. */
    unpriced: z.object({ calls: z.int(), costUsd: z.string() }),
    truncated: z.boolean(),
    /** The names of the ids that appear in `group`. */
    names: z.record(Id, z.string()),
  }),
  examples: [
    'claviger usage --by team,key,model --from -30d',
    'claviger usage --by day --team Search --from 2026-11-01 --time-zone Europe/Berlin --json',
    'claviger usage --by hour --from -24h --tag feature=chat',
    'claviger usage --by tag:cost-center --from 2026-10-01 --to 2026-11-01',
  ],
})
