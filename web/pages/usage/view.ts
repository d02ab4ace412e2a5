import { Id } from '../../../src/contract/fields.ts'
import { USAGE_DIMENSIONS } from '../../../src/contract/usage.ts'
import { OPERATIONS } from '../../../src/domain/operations.ts'
import type { Search } from '../../search.ts'
import { isTimeZone } from '../../zoned.ts'
import { MEASURE_NAMES, type Measure } from './measures.ts'
import { RANGES, type Range } from './range.ts'

/** What usage is grouped by: one of these, or `tag:NAME`. */
export const DIMENSIONS = USAGE_DIMENSIONS.filter((name) => name !== 'day')
export type Dimension = (typeof DIMENSIONS)[number]

export const DIMENSION_NAMES: Record<Dimension, string> = {
  team: 'Team',
  project: 'Project',
  environment: 'Environment',
  user: 'Person',
  serviceAccount: 'Service account',
  key: 'Key',
  model: 'Model',
  provider: 'Provider',
  operation: 'Operation',
}

/** The API's name of each filter. In the address it is called as its dimension is: `?team=team_…`. */
export const FILTERS = {
  team: 'teamId',
  project: 'projectId',
  environment: 'environmentId',
  user: 'userId',
  serviceAccount: 'serviceAccountId',
  key: 'keyId',
  model: 'model',
  provider: 'providerId',
  operation: 'operation',
} as const satisfies Record<Dimension, string>

export const BUCKETS = ['day', 'week', 'month'] as const
export type Bucket = (typeof BUCKETS)[number]

export const BUCKET_WORDS: Record<Bucket, string> = { day: 'Day', week: 'Week', month: 'Month' }

/** What somebody looks at: all of it is in the address. */
export type View = {
  range: Range
  /** Typed dates, for `custom`. */
  from: string | undefined
  to: string | undefined
  /** Where days begin; the organization's time zone when not given. */
  zone: string | undefined
  by: string[]
  measure: Measure
  compare: boolean
  /** How long a bar of the chart is; what suits the range when not given. */
  bucket: Bucket | undefined
  filter: Partial<Record<Dimension, string>>
}

const MOST_LEVELS = 2
const MOST_OF_MODEL = 200
const TAG = /^tag:[a-z0-9_.-]{1,40}$/
/** What nobody chose is not in the address. */
const DEFAULTS = { range: '30d', by: 'model', measure: 'cost' } as const

/** Reads the address; what it does not understand is as if it were not there. */
export function viewOf(search: Search): View {
  const by = [...new Set((search.by ?? '').split(','))].filter(isGroup).slice(0, MOST_LEVELS)
  const filter = DIMENSIONS.flatMap((name) => (canBe(name, search[name]) ? [[name, search[name]]] : []))
  return {
    range: oneOf(RANGES, search.range) ?? DEFAULTS.range,
    from: search.from,
    to: search.to,
    zone: isTimeZone(search.zone) ? search.zone : undefined,
    by: by.length > 0 ? by : [DEFAULTS.by],
    measure: oneOf(MEASURE_NAMES, search.measure) ?? DEFAULTS.measure,
    compare: search.compare !== 'no',
    bucket: oneOf(BUCKETS, search.bucket),
    filter: Object.fromEntries(filter),
  }
}

function canBe(name: Dimension, value: string | undefined): boolean {
  if (value === undefined || value === '') return false
  if (name === 'model') return value.length <= MOST_OF_MODEL
  return name === 'operation' ? OPERATIONS.some((known) => known === value) : Id.safeParse(value).success
}

/** What of the API's filters a view means. */
export function filterOf({ filter }: View): Record<string, string> {
  return Object.fromEntries(
    Object.entries(filter).map(([name, value]) => [FILTERS[name as Dimension], value]),
  )
}

export function isGroup(name: string | undefined): name is string {
  return name !== undefined && (DIMENSIONS.includes(name as Dimension) || TAG.test(name))
}

export function groupName(by: string): string {
  return DIMENSION_NAMES[by as Dimension] ?? `Tag ${by.slice('tag:'.length)}`
}

/** What one wants to see of a part that was looked into. */
const INTO: Record<Dimension, Dimension> = {
  team: 'project',
  project: 'environment',
  environment: 'key',
  user: 'key',
  serviceAccount: 'key',
  key: 'model',
  model: 'team',
  provider: 'model',
  operation: 'model',
}

/**
 * The address of one part of what is seen: narrowed to it, and grouped by what it consists of. Null for what the API
 * cannot narrow to: tags, and what is nobody's.
 */
export function drill(search: Search, by: string[], into: string, value: string | null): Search | null {
  if (value === null || !DIMENSIONS.includes(into as Dimension)) return null
  const others = by.filter((name) => name !== into)
  let next: Dimension = INTO[into as Dimension]
  // Of what it is narrowed to already there is only one.
  const narrowed = (name: Dimension) => name === into || search[name] !== undefined
  for (let steps = 0; narrowed(next) && steps < DIMENSIONS.length; steps++) next = INTO[next]
  return { ...search, [into]: value, by: (others.length > 0 ? others : [next]).join(',') }
}

/** How long a bar is when nobody chose: so that there are neither two bars nor two hundred. */
export function bucketFor(days: number): Bucket {
  return days <= 62 ? 'day' : days <= 400 ? 'week' : 'month'
}

function oneOf<Name extends string>(names: readonly Name[], text: string | undefined): Name | undefined {
  return names.find((name) => name === text)
}
