import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { policyView } from '../../../src/contract/policies.ts'
import type { Scope } from '../../../src/domain/scope.ts'
import { q } from '../../api.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { DataTable } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Region } from '../../ui/Region.tsx'
import { Time } from '../../ui/Time.tsx'
import { useCan } from '../../viewer.ts'
import { Allowed } from './Allowed.tsx'
import { PolicyForm } from './PolicyForm.tsx'
import { rulesOf } from './rule-texts.ts'

/** What a place allows: models, operations, tools, output, addresses. */
export function PolicyPanel({ scope, note }: { scope: Scope; note: string }) {
  const can = useCan([scope])
  const mayRead = can('policy:read', scope.id)
  const policy = useQuery({
    ...q(policyView, { params: { scopeType: scope.type, scopeId: scope.id } }),
    enabled: mayRead === true,
  })
  const [editing, setEditing] = useState(false)
  return (
    <Section
      title="What its keys may use"
      note={note}
      actions={
        <ActButton
          variant="default"
          can={can('policy:update', scope.id)}
          disabled={policy.data === undefined}
          onClick={() => setEditing(true)}
        >
          Change
        </ActButton>
      }
    >
      <Allowed verdict={mayRead}>
        {() => (
          <Region of={policy}>
            {(policy) => (
              <>
                <DataTable
                  label="What this place allows"
                  rows={rulesOf(policy)}
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
                {editing && <PolicyForm scope={scope} policy={policy} onClose={() => setEditing(false)} />}
              </>
            )}
          </Region>
        )}
      </Allowed>
    </Section>
  )
}
