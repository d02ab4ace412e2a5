import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { roleDelete, roleList } from '../../src/contract/roles.ts'
import { q, useAct } from '../api.ts'
import { count } from '../format.ts'
import { ConfirmDialog } from '../forms/panels.ts'
import { useAddress } from '../search.ts'
import { ActButton } from '../ui/ActButton.tsx'
import { toast } from '../ui/announce.tsx'
import { part } from '../ui/later.tsx'
import { Page, Section } from '../ui/Page.tsx'
import { Empty, Region } from '../ui/Region.tsx'
import { Tabs } from '../ui/Tabs.tsx'
import { useViewer } from '../viewer.ts'
import { Matrix, type Role } from './roles/Matrix.tsx'
import { RoleForm } from './roles/RoleForm.tsx'
import { Grants } from './teams/Grants.tsx'

const WhatCan = part(async () => (await import('./roles/WhatCan.tsx')).WhatCan)

/** What each role allows and who holds it. */
export default function RolesPage() {
  const { inOrganization } = useViewer()
  const roles = useQuery(q(roleList, {}))
  const [{ role: roleId, form }, setAddress] = useAddress()
  const all = roles.data?.data ?? []
  const chosen = all.find(({ id }) => id === roleId)
  return (
    <Page
      title="Roles"
      lead={leadOf(all)}
      actions={
        <ActButton can={inOrganization('role:create')} onClick={() => setAddress({ form: 'new' })}>
          New role
        </ActButton>
      }
    >
      <Tabs
        keep={['role']}
        label="About roles"
        tabs={[
          {
            id: 'matrix',
            title: 'Roles',
            panel: () => (
              <Region of={roles} rows={8}>
                {({ data }) => (
                  <>
                    {chosen && <Chosen role={chosen} />}
                    <Section
                      title="What each role allows"
                      note="Below the organization, a role leaves out what only the organization can give. In production, a role changes something only where it was given with production."
                    >
                      <Matrix roles={data} chosen={chosen} onChoose={(id) => setAddress({ role: id })} />
                    </Section>
                  </>
                )}
              </Region>
            ),
          },
          { id: 'can', title: 'What can somebody do?', panel: () => <WhatCan /> },
        ]}
      />
      {form && all.length > 0 && (
        <RoleForm
          roles={all}
          role={form === 'edit' && chosen && !chosen.builtIn ? chosen : null}
          from={chosen}
          onClose={() => setAddress({ form: undefined })}
          onMade={(id) => setAddress({ form: undefined, role: id })}
        />
      )}
    </Page>
  )
}

/** The role that the address names: who holds it, and what can be done with it. */
function Chosen({ role }: { role: Role }) {
  const { inOrganization } = useViewer()
  const [, setAddress] = useAddress()
  const [ending, setEnding] = useState(false)
  const remove = useAct(roleDelete)
  const mayUpdate = inOrganization('role:update')
  return (
    <Section
      title={`Who holds the role ${role.name}`}
      note={`${count(role.permissions.length)} permissions; can be held in ${placesOf(role)}.`}
      actions={
        <>
          {!role.builtIn && (
            <>
              <ActButton variant="default" can={mayUpdate} onClick={() => setAddress({ form: 'edit' })}>
                Change
              </ActButton>
              <ActButton
                variant="default"
                can={mayUpdate}
                onClick={() => {
                  remove.reset()
                  setEnding(true)
                }}
              >
                Delete
              </ActButton>
            </>
          )}
          <ActButton
            variant="default"
            can={inOrganization('role:create')}
            onClick={() => setAddress({ form: 'new' })}
          >
            New role from this one
          </ActButton>
        </>
      }
    >
      <Grants
        label={`Who holds the role ${role.name}`}
        query={{ role: role.id }}
        empty={<Empty title={`Nobody that you see holds the role ${role.name}`} />}
      />
      <ConfirmDialog
        opened={ending}
        onClose={() => setEnding(false)}
        title={`Delete the role ${role.name}?`}
        act="Delete"
        danger
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() =>
          remove.mutate(
            { input: { params: { roleId: role.id } } },
            {
              onSuccess: () => {
                toast(`The role ${role.name} is deleted.`)
                setEnding(false)
                setAddress({ role: undefined })
              },
            },
          )
        }
      >
        Only a role that nobody holds any more is deleted. What was done under it stays in the audit log.
      </ConfirmDialog>
    </Section>
  )
}

const PLACES: Record<Role['scopeTypes'][number], string> = {
  organization: 'the organization',
  team: 'a team',
  project: 'a project',
}

function placesOf({ scopeTypes }: Role): string {
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(scopeTypes.map((type) => PLACES[type]))
}

function leadOf(roles: Role[]): string {
  if (roles.length === 0) return 'What each role allows, and who holds it.'
  const own = roles.filter(({ builtIn }) => !builtIn).length
  const builtIn = `${count(roles.length - own)} roles are built in`
  if (own === 0) return `${builtIn}; you have made none of your own.`
  return `${builtIn}, ${own === 1 ? 'one is your own' : `${count(own)} are your own`}.`
}
