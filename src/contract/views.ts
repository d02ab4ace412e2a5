import { z } from 'zod'
import { Id, Name, page, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

const PageAddress = z
  .string()
  .max(60)
  .regex(/^(?:\/[a-z0-9-]+)+$/, 'expected the path of a page such as /usage')

/** What an address says after its `?`. */
const QueryText = z
  .string()
  .max(2000, 'expected at most 2000 characters')
  .regex(/^[\x21-\x7e]*$/, 'expected a query as it stands in an address')

/** What somebody looks at on a page, under a name of their own. */
export const SavedView = z
  .object({ id: Id, page: PageAddress, name: Name, query: QueryText, createdAt: Timestamp })
  .meta({ id: 'SavedView' })

export const viewList = operation({
  name: 'viewList',
  method: 'GET',
  path: '/v1/views',
  summary: 'List your saved views of pages of the dashboard, by name',
  permission: 'self',
  query: { page: PageAddress.optional() },
  response: page(SavedView),
})

export const viewCreate = operation({
  name: 'viewCreate',
  method: 'POST',
  path: '/v1/views',
  summary: 'Save what you look at on a page of the dashboard. You alone see it',
  permission: 'self',
  body: z.strictObject({
    page: PageAddress,
    name: Name,
    query: QueryText.describe('what the address of the page says after its ?'),
  }),
  response: SavedView,
})

export const viewDelete = operation({
  name: 'viewDelete',
  method: 'DELETE',
  path: '/v1/views/{viewId}',
  summary: 'Forget one of your saved views',
  permission: 'self',
  params: { viewId: Id },
})
