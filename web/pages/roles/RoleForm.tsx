import { Checkbox, Fieldset, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { roleCreate, roleUpdate } from '../../../src/contract/roles.ts'
import type { Permission } from '../../../src/domain/permission.ts'
import { GRANT_SCOPES, type GrantScopeType } from '../../../src/domain/roles.ts'
import { useAct } from '../../api.ts'
import { AsOpened, type Draft, useNew } from '../../as-opened.tsx'
import { unsaid } from '../../clashes.ts'
import { FormPanel } from '../../forms/panels.ts'
import { toast } from '../../ui/announce.tsx'
import { Select } from '../../ui/Select.tsx'
import { useViewer } from '../../viewer.ts'
import { type Role, titleOf } from './Matrix.tsx'
import { PERMISSION_GROUPS } from './permission-groups.ts'

const LEVELS: Record<GrantScopeType, string> = {
  organization: 'In the organization',
  team: 'In a team',
  project: 'In a project',
}

type Props = {
  roles: Role[]
  /** The role that is changed; null makes a new one. */
  role: Role | null
  /** What a new one begins as. */
  from: Role | undefined
  onClose: () => void
  onMade: (roleId: string) => void
}

/** A role of one's own, made from another one. What one lacks cannot be given, and says why. */
export function RoleForm({ role, ...rest }: Props) {
  if (role === null) return <Create {...rest} />
  return (
    <AsOpened now={role} fields={fieldsOf} labels={LABELS}>
      {(form) => <Form form={form} {...rest} />}
    </AsOpened>
  )
}

function fieldsOf({ name, permissions }: Role) {
  return { name, permissions }
}

const LABELS = { name: 'Name', permissions: unsaid('What it allows') }

function Create(props: FormProps) {
  const mine = useMine()
  const first = props.from ?? props.roles[0]
  return <Form form={useNew({ name: '', permissions: mine(first?.permissions ?? []) })} {...props} />
}

/** Of some permissions, those that one has oneself: others cannot be given. */
function useMine() {
  const { inOrganization } = useViewer()
  return (permissions: Permission[]) =>
    permissions.filter((permission) => inOrganization(permission) === true)
}

type FormProps = Omit<Props, 'role'>
type Form = Draft<Role | null, ReturnType<typeof fieldsOf>>

function Form({ roles, form, from, onClose, onMade }: FormProps & { form: Form }) {
  const { inOrganization } = useViewer()
  const mine = useMine()
  const { thing: role, set, changed, only } = form
  const { name, permissions } = form.fields
  const first = role ?? from ?? roles[0]
  const [basedOn, setBasedOn] = useState(first?.id ?? null)
  const [levels, setLevels] = useState<GrantScopeType[]>(first?.scopeTypes ?? [])
  const create = useAct(roleCreate)
  const update = useAct(roleUpdate)
  const acting = role === null ? create : update
  const begin = (id: string | null) => {
    const other = roles.find((one) => one.id === id)
    setBasedOn(id)
    set({ permissions: mine(other?.permissions ?? []) })
    setLevels(other?.scopeTypes ?? [])
  }
  const submit = () => {
    const onSuccess = (saved: { id: string }) => {
      toast(
        role === null
          ? `The role ${name.trim()} is there.`
          : 'The role is saved, for everybody who holds it.',
      )
      onMade(saved.id)
    }
    if (role !== null) {
      const body = only({ name: name.trim(), permissions })
      const ifMatch = role.version === null ? {} : { ifMatch: role.version }
      return update.mutate({ input: { params: { roleId: role.id }, body }, ...ifMatch }, { onSuccess })
    }
    if (basedOn === null) return
    const body = { name: name.trim(), basedOn, permissions, scopeTypes: levels }
    create.mutate({ input: { body } }, { onSuccess })
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={role === null ? 'New role' : `Change ${role.name}`}
      act={role === null ? 'Create the role' : 'Save'}
      pending={acting.isPending}
      error={acting.error}
      disabled={!changed || name.trim() === '' || levels.length === 0}
      onSubmit={submit}
    >
      <TextInput
        label={LABELS.name}
        required
        maxLength={120}
        data-autofocus
        value={name}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      {role === null && (
        <>
          <Select
            label="Begins as"
            description="What it allows at first. You change that below; later changes of the other role do not follow."
            allowDeselect={false}
            value={basedOn}
            onChange={begin}
            data={roles.map(({ id, name }) => ({ value: id, label: name }))}
          />
          <Checkbox.Group
            label="Where it can be held"
            value={levels}
            // Each is one of the levels below.
            onChange={(values) => setLevels(values as GrantScopeType[])}
          >
            <Stack gap={4} mt={4}>
              {GRANT_SCOPES.map((level) => (
                <Checkbox key={level} value={level} label={LEVELS[level]} />
              ))}
            </Stack>
          </Checkbox.Group>
        </>
      )}
      <Checkbox.Group
        label={`What it allows: ${permissions.length} of ${PERMISSION_GROUPS.flatMap(({ permissions }) => permissions).length}`}
        value={permissions}
        // Each is one of the permissions below.
        onChange={(values) => set({ permissions: values as Permission[] })}
      >
        <Stack gap="sm" mt="xs">
          {PERMISSION_GROUPS.map(({ resource, permissions }) => (
            <Fieldset key={resource} legend={titleOf(resource)}>
              <Stack gap={6}>
                {permissions.map(({ permission, action }) => {
                  const verdict = inOrganization(permission)
                  return (
                    <Checkbox
                      key={permission}
                      value={permission}
                      label={
                        <>
                          {action}
                          <span className="unseen"> {resource}</span>
                        </>
                      }
                      disabled={verdict !== true}
                      {...(verdict === true ? {} : { description: verdict.reason })}
                    />
                  )
                })}
              </Stack>
            </Fieldset>
          ))}
        </Stack>
      </Checkbox.Group>
    </FormPanel>
  )
}
