import type { Within } from '../domain/access.ts'
import type { UsageFilter } from './requests.ts'
import type { Cube } from './usage-cubes.ts'

type Reach = Exclude<Within, 'everything'>

/** Some of the usage that is meant, and what it is read from; null stands for the rows themselves. */
export type Part<Filter extends UsageFilter> = { filter: Filter; cube: Cube | null }

const NOTHING: Reach = { teamIds: [], projectIds: [], ownerUserId: null }

/**
 * Parts the usage that somebody may see so that no row is in two of them: of their teams, of their projects elsewhere, and
 * their own elsewhere. What is of a team needs only a cube that tells teams apart; one that tells all three apart has a
 * hundred times the cells. Neighbours that are read from the same cube are one part.
 */
export function partsOf<Filter extends UsageFilter>(
  filter: Filter,
  cubeOf: (filter: UsageFilter) => Cube | null,
): Part<Filter>[] {
  if (filter.within === 'everything') return [{ filter, cube: cubeOf(filter) }]
  const parts: (Part<Filter> & { reach: Reach })[] = []
  let before = NOTHING
  for (const reach of kindsOf(reachFor(filter.within, filter))) {
    const part = { ...filter, within: reach, ...(before === NOTHING ? {} : { except: before }) }
    const cube = cubeOf(part)
    const last = parts.at(-1)
    if (last?.cube === cube) {
      last.reach = together(last.reach, reach)
      last.filter = { ...last.filter, within: last.reach }
    } else {
      parts.push({ filter: part, cube, reach })
    }
    before = together(before, reach)
  }
  return parts
}

/** What matters of a reach when a team, a project or a user is asked for: all that is asked for lies in it, or none. */
function reachFor(
  { teamIds, projectIds, ownerUserId }: Reach,
  { teamId, projectId, userId }: UsageFilter,
): Reach {
  if (teamId !== undefined && teamIds.includes(teamId)) return { ...NOTHING, teamIds: [teamId] }
  if (projectId !== undefined && projectIds.includes(projectId))
    return { ...NOTHING, projectIds: [projectId] }
  if (userId !== undefined && userId === ownerUserId) return { ...NOTHING, ownerUserId }
  return {
    teamIds: teamId === undefined ? teamIds : [],
    projectIds: projectId === undefined ? projectIds : [],
    ownerUserId: userId === undefined ? ownerUserId : null,
  }
}

/** One reach for each kind of thing that this one names; nothing is a reach of its own, where nothing is found. */
function kindsOf({ teamIds, projectIds, ownerUserId }: Reach): Reach[] {
  const kinds = [
    ...(teamIds.length > 0 ? [{ ...NOTHING, teamIds }] : []),
    ...(projectIds.length > 0 ? [{ ...NOTHING, projectIds }] : []),
    ...(ownerUserId === null ? [] : [{ ...NOTHING, ownerUserId }]),
  ]
  return kinds.length > 0 ? kinds : [NOTHING]
}

function together(one: Reach, other: Reach): Reach {
  return {
    teamIds: [...one.teamIds, ...other.teamIds],
    projectIds: [...one.projectIds, ...other.projectIds],
    ownerUserId: one.ownerUserId ?? other.ownerUserId,
  }
}
