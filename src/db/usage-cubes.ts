/** What a report can be grouped by or narrowed to, besides the day. */
export type UsageDimension =
  | 'team'
  | 'project'
  | 'environment'
  | 'user'
  | 'serviceAccount'
  | 'key'
  | 'model'
  | 'provider'
  | 'operation'
  | 'tags'
  /** These two no cube tells apart. */
  | 'secret'
  | 'priced'

/**
 * How long a unit of time is, the longest first. Quarters, months, weeks and days are the organization's; a day `abroad`
 * is one of another time zone in which somebody asks for days (usage-abroad.ts); hours are UTC's.
 */
export const GRAINS = ['quarter', 'month', 'week', 'day', 'abroad', 'hour'] as const
export type Grain = (typeof GRAINS)[number]

export type Cube = {
  /** In `usage_cells.cube`. A number is never used for anything else again. */
  number: number
  holder: readonly (typeof HOLDER)[number][]
  service: boolean
  tags: boolean
  grains: readonly Grain[]
}

const HOLDER = ['team', 'project', 'environment', 'user', 'serviceAccount', 'key'] as const
const SERVICE = ['model', 'provider', 'operation'] as const
const LONG = ['quarter', 'month', 'week', 'day'] as const

/** The columns that say whose a call is, as `usage` and `usage_holders` have them. */
export const HOLDER_COLUMNS = {
  team: 'team_id',
  project: 'project_id',
  environment: 'environment_id',
  user: 'user_id',
  serviceAccount: 'service_account_id',
  key: 'key_id',
} as const

/** The columns that are added up, besides how many calls there are: in tokens and nano-USD, each an int8. */
export const AMOUNTS = [
  'input_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost_nano_usd',
] as const

/**
 * The ways in which usage is added up, those with the fewest cells first. Four small ones have hours as well, for the
 * ends of a report's time and for zones that nobody asked for before; and small ones have days of other time zones. 6 and
 * 8 told less apart than 11, and had fewer grains than 10.
 */
export const CUBES: readonly Cube[] = [
  { number: 1, holder: [], service: true, tags: false, grains: GRAINS },
  { number: 7, holder: ['team'], service: false, tags: false, grains: GRAINS },
  { number: 2, holder: ['team', 'project'], service: false, tags: false, grains: GRAINS },
  { number: 11, holder: ['team'], service: false, tags: true, grains: GRAINS },
  { number: 10, holder: ['team'], service: true, tags: false, grains: [...LONG, 'abroad'] },
  { number: 9, holder: ['team'], service: true, tags: true, grains: LONG },
  { number: 3, holder: ['team', 'project', 'environment', 'user'], service: false, tags: true, grains: LONG },
  { number: 4, holder: HOLDER, service: false, tags: false, grains: LONG },
  { number: 5, holder: HOLDER, service: true, tags: false, grains: LONG },
]

/** The newest cube: units that were made before it lack those with higher numbers than their own newest. */
export const NEWEST_CUBE = Math.max(...CUBES.map(({ number }) => number))

/**
 * The smallest cube up to the number `newest` that tells all of these apart; null when none does, and the rows
 * themselves must be read.
 */
export function cubeFor(needed: ReadonlySet<UsageDimension>, newest: number): Cube | null {
  return (
    CUBES.find((cube) => cube.number <= newest && [...needed].every((dimension) => tells(cube, dimension))) ??
    null
  )
}

function tells({ holder, service, tags }: Cube, dimension: UsageDimension): boolean {
  if (dimension === 'tags') return tags
  if (SERVICE.some((name) => name === dimension)) return service
  return holder.some((name) => name === dimension)
}
