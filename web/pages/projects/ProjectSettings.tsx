import { useQuery } from '@tanstack/react-query'
import type { Output } from '../../../src/contract/operation.ts'
import { projectUpdate, type projectView } from '../../../src/contract/projects.ts'
import { usageReport } from '../../../src/contract/usage.ts'
import { q, useAct } from '../../api.ts'
import { useCan } from '../../viewer.ts'
import { PlaceSettings } from '../teams/PlaceSettings.tsx'

/** Renames or archives the project. */
export function ProjectSettings({ project }: { project: Output<typeof projectView> }) {
  const can = useCan([{ type: 'project', id: project.id }])
  const update = useAct(projectUpdate)
  const used = useQuery(q(usageReport, { query: { by: 'key', projectId: project.id, from: '-7d' } }))
  const params = { projectId: project.id }
  return (
    <PlaceSettings
      what="project"
      name={project.name}
      version={project.version}
      archived={project.archivedAt !== null}
      can={can('project:update', project.id)}
      impact={used.data && { calls: used.data.total.calls, keys: used.data.data.length }}
      pending={update.isPending}
      error={update.error}
      reset={update.reset}
      onRename={(name, ifMatch, onSuccess) =>
        update.mutate({ input: { params, body: { name } }, ifMatch }, { onSuccess })
      }
      onArchive={(archived, onSuccess) =>
        update.mutate({ input: { params, body: { archived } }, ifMatch: project.version }, { onSuccess })
      }
    />
  )
}
