import { useQuery } from '@tanstack/react-query'
import { policyView } from '../../../src/contract/policies.ts'
import type { Scope } from '../../../src/domain/scope.ts'
import { q } from '../../api.ts'
import { PolicyForm } from '../../forms/panels.ts'
import { mattersOf } from '../../policy-words.ts'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { DataTable } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Region } from '../../ui/Region.tsx'
import { Time } from '../../ui/Time.tsx'
import { useCan } from '../../viewer.ts'
import { Allowed } from './Allowed.tsx'

/** What a place, a person or a key allows: models, operations, tools, output, addresses. */
export function PolicyPanel({
  scope,
  projectId,
  title = 'What its keys may use',
  note,
}: {
  scope: Scope
  projectId?: string
  title?: string
  note: string
}) {
  const can = useCan([scope])
  const mayRead = can('policy:read', scope.id)
  const policy = useQuery({
    ...q(policyView, { params: { scopeType: scope.type, scopeId: scope.id } }),
    enabled: mayRead === true,
  })
  const [address, setAddress] = useAddress()
  return (
    <Section
      title={title}
      note={note}
      actions={
        <ActButton
          variant="default"
          can={can('policy:update', scope.id)}
          disabled={policy.data === undefined}
          onClick={() => setAddress({ edit: 'policy' }, false)}
        >
          Change
        </ActButton>
      }
    >
      <Allowed permission="policy:read" scope={scope} projectId={projectId}>
        {() => (
          <Region of={policy}>
            {(policy) => (
              <>
                <DataTable
                  label={title}
                  rows={mattersOf(policy)}
                  rowId={({ matter }) => matter}
                  columns={[
                    { id: 'matter', header: 'About', title: true, cell: ({ matter }) => matter },
                    {
                      id: 'says',
                      header: 'Allowed here',
                      cell: ({ says, restricts }) =>
                        restricts ? <strong>{says}</strong> : <span className="muted">{says}</span>,
                    },
                  ]}
                />
                {policy.updatedAt !== null && (
                  <p className="muted">
                    Changed <Time at={policy.updatedAt} />.
                  </p>
                )}
                {address.edit === 'policy' && (
                  <PolicyForm
                    scope={scope}
                    policy={policy}
                    title={`Change ${title.charAt(0).toLowerCase()}${title.slice(1)}`}
                    onClose={() => setAddress({ edit: undefined })}
                  />
                )}
              </>
            )}
          </Region>
        )}
      </Allowed>
    </Section>
  )
}
