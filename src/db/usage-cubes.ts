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

export const GRAINS = ['month', 'week', 'day', 'hour'] as const
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
const LONG = ['month', 'week', 'day'] as const

/**
 * The ways in which usage is added up, those with the fewest cells first. The two small ones have hours as well, so
 * that days can begin where any time zone wants them to.
 */
export const CUBES: readonly Cube[] = [
  { number: 1, holder: [], service: true, tags: false, grains: GRAINS },
  { number: 2, holder: ['team', 'project'], service: false, tags: false, grains: GRAINS },
  { number: 6, holder: [], service: false, tags: true, grains: LONG },
  { number: 3, holder: ['team', 'project', 'environment', 'user'], service: false, tags: true, grains: LONG },
  { number: 4, holder: HOLDER, service: false, tags: false, grains: LONG },
  { number: 5, holder: HOLDER, service: true, tags: false, grains: LONG },
]

/** The smallest cube that tells all of these apart; null when none does, and the rows themselves must be read. */
export function cubeFor(needed: ReadonlySet<UsageDimension>): Cube | null {
  return CUBES.find((cube) => [...needed].every((dimension) => tells(cube, dimension))) ?? null
}

function tells({ holder, service, tags }: Cube, dimension: UsageDimension): boolean {
  if (dimension === 'tags') return tags
  if (SERVICE.some((name) => name === dimension)) return service
  return holder.some((name) => name === dimension)
}
