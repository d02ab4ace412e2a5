import type { AnyOperation } from '../contract/operation.ts'
import { type Flag, flagsOf, secretPaths } from './flags.ts'
import { keyCreateFlags } from './key-flags.ts'

/** An operation's input, parted by where each value is typed, and what its answer shows only once. */
export type Parts = {
  /** Typed in order, without a flag. */
  params: Flag[]
  query: Flag[]
  body: Flag[]
  /** Never typed on the command line. */
  secret: Flag | undefined
  shownOnce: string[][]
  paged: boolean
}

export function partsOf(operation: AnyOperation): Parts {
  const query = flagsOf(operation.query)
  const fields = operation.body ? flagsOf(operation.body) : []
  const body = ['keyCreate', 'trustRuleCreate'].includes(operation.name) ? keyCreateFlags(fields) : fields
  return {
    params: flagsOf(operation.params),
    query,
    body: body.filter((flag) => !flag.secret),
    secret: body.find((flag) => flag.secret),
    shownOnce: operation.response ? secretPaths(operation.response) : [],
    paged: query.some(({ name }) => name === 'cursor'),
  }
}
