import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Lock } from 'lucide-react'
import { accessExplain } from '../../src/contract/access.ts'
import type { ApiError } from '../../src/contract/client.ts'
import type { Output } from '../../src/contract/operation.ts'
import type { Needs } from '../../src/domain/errors.ts'
import type { GrantScopeType } from '../../src/domain/roles.ts'
import { q } from '../api.ts'
import { Notice } from './Notice.tsx'
import { To } from './To.tsx'

const OR = new Intl.ListFormat('en', { type: 'disjunction' })

type Explained = Output<typeof accessExplain>

/** What may not be seen: why, and what would help, as the API says both. */
export function Refused({ error }: { error: ApiError }) {
  return (
    <Notice icon={<Lock aria-hidden />} title="You may not see this">
      <p>{error.message}</p>
      {error.needs && <Help needs={error.needs} />}
    </Notice>
  )
}

function Help({ needs }: { needs: Needs }) {
  const { data, isPending } = useQuery(q(accessExplain, { query: needs }))
  if (isPending) {
    return (
      <p aria-busy="true" className="muted">
        Looking up what would help …
      </p>
    )
  }
  if (!data) return null
  const { ask } = data
  return (
    <>
      <p>
        {rolesSentence(data)} {giversSentence(data)}
      </p>
      {ask && (
        <Button component={To} to="/requests" search={requestOf(ask)} variant="default">
          Request access
        </Button>
      )}
    </>
  )
}

/** Opens the form with all of it filled in. */
function requestOf(ask: NonNullable<Explained['ask']>): Record<string, string> {
  const { kind, role } = ask
  if (kind === 'production') return { new: kind, projectId: ask.projectId, role }
  return { new: kind, role, ...(ask.teamId === null ? {} : { teamId: ask.teamId }) }
}

function rolesSentence({ roles }: Explained): string {
  const at = (...scopes: GrantScopeType[]) =>
    roles.filter(({ scopeTypes }) => scopeTypes.some((one) => scopes.includes(one))).map(({ name }) => name)
  const ways = [
    [at('organization'), 'of the organization'],
    [at('team', 'project'), 'of a team or a project'],
  ] as const
  const said = ways.flatMap(([names, where]) => (names.length > 0 ? [`${OR.format(names)} ${where}`] : []))
  return `It comes with the role ${said.join(', or ')}.`
}

function giversSentence({ givers }: Explained): string {
  if (givers.length === 0) return 'An owner of the organization can give you one.'
  return `${OR.format(givers.map(({ name }) => name))} can give you one.`
}
