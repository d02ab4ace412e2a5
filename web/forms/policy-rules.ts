import type { Input, Output } from '../../src/contract/operation.ts'
import type { policySet, policyView } from '../../src/contract/policies.ts'

export type Policy = Output<typeof policyView>
export type Rules = Input<typeof policySet>['body']

/** A policy is saved as a whole: what is not changed in a form goes along as it was last read. */
export function rulesOf({ scope: _, updatedAt: __, version: ___, ...rules }: Policy): Rules {
  return rules
}
