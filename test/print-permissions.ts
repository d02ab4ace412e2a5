import type { AnyOperation } from '../src/contract/operation.ts'
import { PERMISSIONS, SENSITIVE } from '../src/domain/permission.ts'
import { BUILT_IN_ROLES, GRANT_SCOPES, permissionsOf, scopeTypesOf } from '../src/domain/roles.ts'

type Observed = ReadonlyMap<string, Readonly<Record<string, string>>>

/** How the page calls who asked. */
const WHO: Record<string, string> = {
  owner: 'owner',
  person: 'owner, in person',
  admin: 'admin',
  adminNotProduction: 'admin, not in production',
  analyst: 'analyst',
  developer: 'developer',
  ownTeam: 'team admin',
  teamBuilder: 'team builder',
  teamViewer: 'team viewer',
  projectAdmin: 'project admin',
  builder: 'project builder',
  projectViewer: 'project viewer',
  otherTeam: 'other team’s admin',
}

/** Prints `docs/permissions.md`: what the roles say, and what each operation really answered. */
export function printPermissions(operations: AnyOperation[], observed: Observed): string {
  const roles = GRANT_SCOPES.flatMap((scopeType) =>
    BUILT_IN_ROLES.filter((role) => scopeTypesOf(role).includes(scopeType)).map((role) => ({
      role,
      scopeType,
    })),
  ).filter(({ scopeType }) => scopeType !== 'project')
  const permissions = PERMISSIONS.map((permission) => [
    `\`${permission}\`${SENSITIVE.has(permission) ? ' †' : ''}`,
    ...roles.map(({ role, scopeType }) => (permissionsOf(role, scopeType)?.has(permission) ? 'yes' : '')),
  ])
  const answers = operations.map(({ name, permission }) => [
    name,
    `\`${permission}\``,
    ...Object.keys(WHO).map((who) => observed.get(name)?.[who] ?? '?'),
  ])
  return [
    '# Who may do what',
    'Printed by `npx vitest run test/api-matrix.test.ts -u`; the test fails when it is stale. A role is held by a grant: in the whole organization, in a team, or in a project. In a project the roles are those of a team. Custom roles begin as a copy of one of these.',
    '## Permissions of the built-in roles',
    'What changes production also needs a grant that says `production`; reading does not. † A person confirms it once more, and whatever changes production.',
    table(['permission', ...roles.map(({ role, scopeType }) => `${role} (${scopeType})`)], permissions),
    '## What each operation answers',
    'Asked over HTTP about a thing of one project of one team, or of the organization; a credential and its provider are those of a production environment. 403 is for what one may know of, 404 for the rest; `confirm` asks the person to confirm first.',
    table(['operation', 'needs', ...Object.values(WHO)], answers),
    '',
  ].join('\n\n')
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
