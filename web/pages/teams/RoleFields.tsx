import { Checkbox, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { roleList } from '../../../src/contract/roles.ts'
import type { GrantScopeType } from '../../../src/domain/roles.ts'
import { q } from '../../api.ts'
import { Select } from '../../ui/Select.tsx'

/** A role as a form holds it. `until` is a date of the browser's, or empty. */
export type GivenRole = { role: string | null; production: boolean; until: string }

export const NO_ROLE: GivenRole = { role: null, production: false, until: '' }

/** Which role, whether it reaches production, and until when. */
export function RoleFields({
  level,
  value,
  onChange,
}: {
  level: GrantScopeType
  value: GivenRole
  onChange: (value: GivenRole) => void
}) {
  const roles = useRoles()
  const fitting = roles.filter(({ scopeTypes }) => scopeTypes.includes(level))
  return (
    <>
      <Select
        label="Role"
        description="What each allows is on the page Roles. You give nothing that you lack."
        required
        allowDeselect={false}
        value={fitting.some(({ id }) => id === value.role) ? value.role : null}
        onChange={(role) => onChange({ ...value, role })}
        data={fitting.map(({ id, name }) => ({ value: id, label: name }))}
      />
      <Checkbox
        label="Reaches production too"
        description="Without it, this role changes nothing in production environments. Reading is allowed in any case."
        checked={value.production}
        onChange={(event) => onChange({ ...value, production: event.currentTarget.checked })}
      />
      <TextInput
        type="date"
        label="Until"
        description="The end of that day. Empty: until somebody takes it back."
        value={value.until}
        onChange={(event) => onChange({ ...value, until: event.currentTarget.value })}
      />
    </>
  )
}

/** The last moment of a day as the browser's clock has it, for the API. */
export function endOfDay(date: string): string | undefined {
  return date === '' ? undefined : new Date(`${date}T23:59:59`).toISOString()
}

export function useRoles() {
  const roles = useQuery({ ...q(roleList, {}), staleTime: 60_000 })
  return roles.data?.data ?? []
}

/** What roles are called: a built-in one by its own word. */
export function useRoleNames(): (roleId: string) => string {
  const names = new Map(useRoles().map(({ id, name }) => [id, name]))
  return (roleId) => names.get(roleId) ?? roleId
}
