import { useQueries, useSuspenseQuery } from '@tanstack/react-query'
import { accessCheck } from '../src/contract/access.ts'
import type { Output } from '../src/contract/operation.ts'
import { organizationView } from '../src/contract/organization.ts'
import { tokenSelf } from '../src/contract/tokens.ts'
import type { Permission } from '../src/domain/permission.ts'
import type { Scope } from '../src/domain/scope.ts'
import { q, queryClient } from './api.ts'

/** Allowed, or the reason why not, as the API says it. */
export type Verdict = true | { reason: string }

const MOST_TARGETS = 200
/** While the API has not answered yet. */
export const NOT_KNOWN: Verdict = { reason: 'Claviger is still looking up whether you may do this.' }

const FRESH_MS = 60_000
const SELF = { ...q(tokenSelf, {}), staleTime: FRESH_MS }
const ORGANIZATION = { ...q(organizationView, {}), staleTime: FRESH_MS }

type Self = Output<typeof tokenSelf>
type Organization = Output<typeof organizationView>

/** What the viewer may do in the organization, which comes first, and wherever they hold a role. */
function accessOf({ grants }: Self, { id }: Organization) {
  const places = new Map<string, Scope>([[id, { type: 'organization', id }]])
  for (const { teamId, projectId } of grants) {
    if (projectId !== null) places.set(projectId, { type: 'project', id: projectId })
    else if (teamId !== null) places.set(teamId, { type: 'team', id: teamId })
  }
  const targets = [...places.values()].slice(0, MOST_TARGETS)
  return { ...q(accessCheck, { body: { targets } }), staleTime: FRESH_MS }
}

/** For what a page asks ahead by the organization's time zone. What fails is told of where it is drawn. */
export function withOrganization(then: (organization: Organization) => void): void {
  queryClient.fetchQuery(ORGANIZATION).then(then, () => {})
}

/** Asks who looks before any page does, for `useViewer` to know at once. */
export async function askForViewer(): Promise<void> {
  const asked = [queryClient.fetchQuery(SELF), queryClient.fetchQuery(ORGANIZATION)] as const
  await queryClient.fetchQuery(accessOf(...(await Promise.all(asked))))
}

/**
 * Who looks, and what they may do. The dashboard decides nothing: each verdict is the API's.
 * `inOrganization` is about the organization as a whole, `somewhere` about any place where they hold a role.
 */
export function useViewer() {
  const { data: self } = useSuspenseQuery(SELF)
  const { data: organization } = useSuspenseQuery(ORGANIZATION)
  const { data: access } = useSuspenseQuery(accessOf(self, organization))
  const inOrganization = (permission: Permission): Verdict => access.data[0]?.can[permission] ?? NOT_KNOWN
  return {
    user: self.user,
    self,
    organization,
    inOrganization,
    somewhere: (permission: Permission): boolean => access.data.some(({ can }) => can[permission] === true),
  }
}

/**
 * What the viewer may do with each of some things, and why not: `can('key:rotate', keyId)`. Asked for together. Of a long list
 * only what its rows offer is asked: each verdict comes with its reason.
 */
export function useCan<Asked extends Permission = Permission>(
  targets: Scope[],
  permissions?: readonly Asked[],
): (permission: Asked, id: string) => Verdict {
  const parts = Array.from({ length: Math.ceil(targets.length / MOST_TARGETS) }, (_, part) =>
    targets.slice(part * MOST_TARGETS, (part + 1) * MOST_TARGETS),
  )
  const answers = useQueries({
    queries: parts.map((targets) => ({
      ...q(accessCheck, { body: { targets, ...(permissions ? { permissions: [...permissions] } : {}) } }),
      staleTime: 30_000,
    })),
  })
  const verdicts = new Map(
    answers.flatMap(({ data }) => (data?.data ?? []).map(({ target, can }) => [target.id, can] as const)),
  )
  return (permission, id) => verdicts.get(id)?.[permission] ?? NOT_KNOWN
}
