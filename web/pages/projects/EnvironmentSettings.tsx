import { Drawer } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { environmentUpdate } from '../../../src/contract/environments.ts'
import { usageReport } from '../../../src/contract/usage.ts'
import { q, useAct } from '../../api.ts'
import { useCan } from '../../viewer.ts'
import { LimitsPanel } from '../teams/LimitsPanel.tsx'
import { PlaceSettings } from '../teams/PlaceSettings.tsx'
import type { Environment } from './EnvironmentCard.tsx'

/** The limits of an environment, its name and its end. */
export function EnvironmentSettings({
  environment,
  onClose,
}: {
  environment: Environment
  onClose: () => void
}) {
  const { id, name, kind, archivedAt, version } = environment
  const scope = { type: 'environment' as const, id }
  const can = useCan([scope])
  const update = useAct(environmentUpdate)
  const used = useQuery(q(usageReport, { query: { by: 'key', environmentId: id, from: '-7d' } }))
  const params = { environmentId: id }
  return (
    <Drawer
      opened
      onClose={onClose}
      title={name === kind ? name : `${name}, ${kind}`}
      position="right"
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <LimitsPanel
        scope={scope}
        projectId={environment.projectId}
        inherited="Those of the organization, team and project apply as well."
      />
      <PlaceSettings
        what="environment"
        name={name}
        version={version}
        archived={archivedAt !== null}
        can={can('environment:update', id)}
        impact={used.data && { calls: used.data.total.calls, keys: used.data.data.length }}
        pending={update.isPending}
        error={update.error}
        reset={update.reset}
        onRename={(name, ifMatch, onSuccess) =>
          update.mutate({ input: { params, body: { name } }, ifMatch }, { onSuccess })
        }
        onArchive={(archived, onSuccess) =>
          update.mutate({ input: { params, body: { archived } }, ifMatch: version }, { onSuccess })
        }
      />
    </Drawer>
  )
}
