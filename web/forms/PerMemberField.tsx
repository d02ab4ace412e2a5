import { Switch } from '@mantine/core'
import type { ScopeType } from '../../src/domain/scope.ts'

/** Which scopes have members: a budget or a rate limit there can be each one's own. */
const HAS_MEMBERS: ScopeType[] = ['organization', 'team', 'project']

export function hasMembers(type: ScopeType): boolean {
  return HAS_MEMBERS.includes(type)
}

export function PerMemberField({ value, onChange }: { value: boolean; onChange: (value: boolean) => void }) {
  return (
    <Switch
      label="For each member"
      description="Everybody who owns a key there has as much of their own, over all of their keys there."
      checked={value}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  )
}
