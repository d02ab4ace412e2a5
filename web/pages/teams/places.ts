import { useQuery } from '@tanstack/react-query'
import { projectList } from '../../../src/contract/projects.ts'
import { teamList } from '../../../src/contract/teams.ts'
import type { GrantScopeType } from '../../../src/domain/roles.ts'
import type { Scope } from '../../../src/domain/scope.ts'
import { q } from '../../api.ts'

/** Where a role is held: in the organization when neither is named. */
export type Where = { teamId: string | null; projectId: string | null }

export const ORGANIZATION: Where = { teamId: null, projectId: null }

/** The most that one page of the API brings; a choice among more than that is made on the page of the team. */
const MOST = 200

export function levelOf({ teamId, projectId }: Where): GrantScopeType {
  return projectId !== null ? 'project' : teamId !== null ? 'team' : 'organization'
}

export function scopeOf(where: Where, organizationId: string): Scope {
  if (where.projectId !== null) return { type: 'project', id: where.projectId }
  if (where.teamId !== null) return { type: 'team', id: where.teamId }
  return { type: 'organization', id: organizationId }
}

/** As operations take it: what is narrower says where it lies. */
export function bodyOf({ teamId, projectId }: Where): { teamId?: string; projectId?: string } {
  if (projectId !== null) return { projectId }
  return teamId === null ? {} : { teamId }
}

/** The teams and projects that the viewer sees and that are in use. */
export function usePlaces() {
  const teams = useQuery({ ...q(teamList, { query: { limit: MOST } }), staleTime: 60_000 })
  const projects = useQuery({ ...q(projectList, { query: { limit: MOST } }), staleTime: 60_000 })
  const inUse = <Row extends { archivedAt: string | null }>(rows: Row[] | undefined) =>
    (rows ?? []).filter(({ archivedAt }) => archivedAt === null)
  return { teams: inUse(teams.data?.data), projects: inUse(projects.data?.data) }
}
