import { expect, test } from 'vitest'
import { PERMISSIONS } from '../../../src/domain/permission.ts'
import { PERMISSION_GROUPS } from './permission-groups.ts'

test('each permission is in one group, under what it is about', () => {
  const listed = PERMISSION_GROUPS.flatMap(({ permissions }) =>
    permissions.map(({ permission }) => permission),
  )
  expect(listed.toSorted()).toEqual([...PERMISSIONS].toSorted())
  expect(
    PERMISSION_GROUPS.find(({ resource }) => resource === 'service account')?.permissions,
  ).toContainEqual({
    permission: 'service-account:create',
    action: 'create',
  })
})
