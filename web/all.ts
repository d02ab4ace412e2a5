import { queryOptions } from '@tanstack/react-query'
import { call } from '../src/contract/client.ts'
import type { AnyOperation, Input, Output } from '../src/contract/operation.ts'
import { client } from './api.ts'

const PAGE = 200
const MOST = 2_000

type ItemOf<O extends AnyOperation> = Output<O> extends { data: (infer Item)[] } ? Item : never
type All<O extends AnyOperation> = { items: ItemOf<O>[]; truncated: boolean }
type Page<Item> = { data: Item[]; nextCursor: string | null }

/**
 * All of a list that is short by nature, such as models or teams, for `useQuery`: page after page, up to `most`. What may
 * grow without end is shown by `pages` instead.
 */
export function all<O extends AnyOperation>(operation: O, input: Input<O>, most: number = MOST) {
  return queryOptions({
    queryKey: [operation.name, 'all', input, most],
    queryFn: async ({ signal }): Promise<All<O>> => {
      const items: ItemOf<O>[] = []
      let cursor: string | null = null
      do {
        const { query = {} } = input as { query?: Record<string, unknown> }
        const asked = { ...input, query: { ...query, limit: PAGE, ...(cursor === null ? {} : { cursor }) } }
        // A list answers its page and the next cursor; `limit` and `cursor` are parameters of each.
        const page = (await call(client, operation, asked as Input<O>, { signal })) as Page<ItemOf<O>>
        items.push(...page.data)
        cursor = page.nextCursor
      } while (cursor !== null && items.length < most)
      return { items, truncated: cursor !== null }
    },
  })
}

/** The same, for a field in which somebody chooses one of its things. */
export function allOf<O extends AnyOperation>(operation: O, input: Input<O>) {
  return { ...all(operation, input), staleTime: 60_000, select: ({ items }: All<O>) => items }
}
