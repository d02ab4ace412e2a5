import { useQuery } from '@tanstack/react-query'
import type { Output } from '../../../src/contract/operation.ts'
import { teamUpdate, type teamView } from '../../../src/contract/teams.ts'
import { usageReport } from '../../../src/contract/usage.ts'
import { q, useAct } from '../../api.ts'
import { useCan } from '../../viewer.ts'
import { PlaceSettings } from './PlaceSettings.tsx'

/** Renames or archives the team. */
export function TeamSettings({ team }: { team: Output<typeof teamView> }) {
  const can = useCan([{ type: 'team', id: team.id }])
  const update = useAct(teamUpdate)
  const used = useQuery(q(usageReport, { query: { by: 'key', teamId: team.id, from: '-7d', limit: 1000 } }))
  const params = { teamId: team.id }
  return (
    <PlaceSettings
      what="team"
      name={team.name}
      version={team.version}
      archived={team.archivedAt !== null}
      can={can('team:update', team.id)}
      impact={used.data && { calls: used.data.total.calls, keys: used.data.data.length }}
      pending={update.isPending}
      error={update.error}
      reset={update.reset}
      onRename={(name, ifMatch, onSuccess) =>
        update.mutate({ input: { params, body: { name } }, ifMatch }, { onSuccess })
      }
      onArchive={(archived, onSuccess) =>
        update.mutate({ input: { params, body: { archived } }, ifMatch: team.version }, { onSuccess })
      }
    />
  )
}
