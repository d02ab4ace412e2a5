import { useMediaQuery } from '@mantine/hooks'
import { Fragment } from 'react'
import type { Output } from '../../../src/contract/operation.ts'
import type { roleList } from '../../../src/contract/roles.ts'
import { ORGANIZATION_ONLY, type Permission } from '../../../src/domain/permission.ts'
import { Select } from '../../ui/Select.tsx'
import { To } from '../../ui/To.tsx'
import { PERMISSION_GROUPS } from './permission-groups.ts'
import classes from './roles.module.css'

export type Role = Output<typeof roleList>['data'][number]

const NARROW = '(max-width: 47.99em)'

type Props = { roles: Role[]; chosen: Role | undefined; onChoose: (roleId: string) => void }

/** What each role allows: all side by side, or one at a time where there is little room. */
export function Matrix(props: Props) {
  return useMediaQuery(NARROW) ? <OneRole {...props} /> : <AllRoles {...props} />
}

function AllRoles({ roles, chosen }: Props) {
  const held = roles.map((role) => ({ ...role, permissions: new Set<Permission>(role.permissions) }))
  return (
    // It scrolls by itself, so whoever uses a keyboard has to reach it.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard.
    <section className={classes.frame} aria-label="Permissions by role" tabIndex={0}>
      <table className={classes.matrix} aria-label="What each role allows">
        <thead>
          <tr>
            <th scope="col">Permission</th>
            {roles.map(({ id, name, builtIn }) => (
              <th key={id} scope="col" className={id === chosen?.id ? classes.chosen : undefined}>
                <To to="/roles" {...(id === chosen?.id ? {} : { search: { role: id } })}>
                  {name}
                </To>
                <div className="muted">{builtIn ? 'built in' : 'your own'}</div>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {PERMISSION_GROUPS.map(({ resource, permissions }) => (
            <Fragment key={resource}>
              <tr className={classes.group}>
                <th scope="rowgroup" colSpan={roles.length + 1}>
                  {titleOf(resource)}
                </th>
              </tr>
              {permissions.map(({ permission, action }) => (
                <tr key={permission}>
                  <th scope="row">
                    {action}
                    <span className="unseen"> {resource}</span>
                    {ORGANIZATION_ONLY.has(permission) && <span className="muted"> (organization only)</span>}
                  </th>
                  {held.map(({ id, permissions }) => (
                    <td key={id} className={id === chosen?.id ? classes.chosen : undefined}>
                      {permissions.has(permission) && '✓'}
                    </td>
                  ))}
                </tr>
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function OneRole({ roles, chosen = roles[0], onChoose }: Props) {
  const held = new Set<Permission>(chosen?.permissions)
  return (
    <>
      <Select
        label="Role"
        mb="md"
        allowDeselect={false}
        value={chosen?.id ?? null}
        onChange={(id) => id !== null && onChoose(id)}
        data={roles.map(({ id, name }) => ({ value: id, label: name }))}
      />
      <div className={classes.groups}>
        {PERMISSION_GROUPS.filter(({ permissions }) =>
          permissions.some(({ permission }) => held.has(permission)),
        ).map(({ resource, permissions }) => (
          <div key={resource}>
            <h3>{titleOf(resource)}</h3>
            {permissions
              .filter(({ permission }) => held.has(permission))
              .map(({ action }) => action)
              .join(', ')}
          </div>
        ))}
      </div>
    </>
  )
}

export function titleOf(resource: string): string {
  return resource.charAt(0).toUpperCase() + resource.slice(1)
}
