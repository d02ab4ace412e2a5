import { USAGE_DIMENSIONS } from '../../../src/contract/usage.ts'
import { ID } from '../../../src/domain/id.ts'
import { OPERATIONS } from '../../../src/domain/operations.ts'
import type { Search } from '../../search.ts'
import { isTimeZone } from '../../zoned.ts'
import { MEASURE_NAMES, type Measure } from './measures.ts'
import { RANGES, type Range } from './range.ts'

/** What usage is grouped by: one of these, or `tag:NAME`. */
export const DIMENSIONS = USAGE_DIMENSIONS.filter((name) => name !== 'day' && name !== 'hour')
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

export const BUCKETS = ['hour', 'day', 'week', 'month'] as const
export type Bucket = (typeof BUCKETS)[number]

export const BUCKET_WORDS: Record<Bucket, string> = {
  hour: 'Hour',
  day: 'Day',
  week: 'Week',
  month: 'Month',
}

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
  /** Only calls with all of these; in the address each is called as what groups by it: `?tag:cost-center=4711`. */
  tags: Record<string, string>
  /** Only calls of which no price is known. */
  unpriced: boolean
}

const MOST_LEVELS = 2
const MOST_OF_MODEL = 200
const MOST_OF_TAG = 120
const MOST_TAGS = 20
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
    tags: Object.fromEntries(tagsIn(search)),
    unpriced: search.priced === 'no',
  }
}

function tagsIn(search: Search): [name: string, value: string][] {
  return Object.entries(search)
    .flatMap(([name, value]): [string, string][] =>
      TAG.test(name) && value !== '' && value.length <= MOST_OF_TAG ? [[tagOf(name), value]] : [],
    )
    .slice(0, MOST_TAGS)
}

/** `tag:cost-center` → `cost-center`. */
function tagOf(by: string): string {
  return by.slice('tag:'.length)
}

/** What a view is narrowed by, as the address calls it: with all of these gone it shows everything. */
export function narrowedBy({ filter, tags, unpriced }: View): string[] {
  return [
    ...Object.keys(filter),
    ...Object.keys(tags).map((name) => `tag:${name}`),
    ...(unpriced ? ['priced'] : []),
  ]
}

function canBe(name: Dimension, value: string | undefined): boolean {
  if (value === undefined || value === '') return false
  if (name === 'model') return value.length <= MOST_OF_MODEL
  return name === 'operation' ? OPERATIONS.some((known) => known === value) : ID.test(value)
}

/** What of the API's filters a view means. */
export function filterOf({ filter, tags, unpriced }: View): Record<string, string> {
  return {
    ...Object.fromEntries(Object.entries(filter).map(([name, value]) => [FILTERS[name as Dimension], value])),
    ...(Object.keys(tags).length > 0 ? { tag: JSON.stringify(tags) } : {}),
    ...(unpriced ? { priced: 'false' } : {}),
  }
}

export function isGroup(name: string | undefined): name is string {
  return name !== undefined && (DIMENSIONS.includes(name as Dimension) || TAG.test(name))
}

export function groupName(by: string): string {
  return DIMENSION_NAMES[by as Dimension] ?? `Tag ${tagOf(by)}`
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

/** The same of a tag. */
const INTO_TAG: Dimension = 'team'

/**
 * The address of one part of what is seen: narrowed to it, and grouped by what it consists of. Null for what the API
 * cannot narrow to: what is nobody's, and what has no such tag, or an empty one.
 */
export function drill(search: Search, by: string[], into: string, value: string | null): Search | null {
  if (value === null || value === '') return null
  const others = by.filter((name) => name !== into)
  let next: Dimension = INTO[into as Dimension] ?? INTO_TAG
  // Of what it is narrowed to already there is only one.
  const narrowed = (name: Dimension) => name === into || search[name] !== undefined
  for (let steps = 0; narrowed(next) && steps < DIMENSIONS.length; steps++) next = INTO[next]
  const { sort: _, tableOrder: __, ...kept } = search
  return { ...kept, [into]: value, by: (others.length > 0 ? others : [next]).join(',') }
}

/** So many days are shown by the hour; what the API answers. */
export const MOST_DAYS_BY_HOUR = 7

/** How long a bar is: as chosen, if so many days can be shown so. */
export function bucketOf({ bucket }: View, days: number): Bucket {
  return bucket === undefined || (bucket === 'hour' && days > MOST_DAYS_BY_HOUR) ? bucketFor(days) : bucket
}

/** How long a bar is when nobody chose: so that there are neither two bars nor two hundred. */
function bucketFor(days: number): Bucket {
  if (days <= 2) return 'hour'
  return days <= 62 ? 'day' : days <= 400 ? 'week' : 'month'
}

function oneOf<Name extends string>(names: readonly Name[], text: string | undefined): Name | undefined {
  return names.find((name) => name === text)
}
