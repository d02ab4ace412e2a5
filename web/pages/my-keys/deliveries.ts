import type { deliveryView } from '../../../src/contract/deliveries.ts'
import type { Output } from '../../../src/contract/operation.ts'

export type Delivery = Output<typeof deliveryView>

/** Whether it can be opened: it waits, was opened (which counts first), or its time or turn is over. */
export function standingOf(
  { openedAt, voidedAt, expiresAt }: Pick<Delivery, 'openedAt' | 'voidedAt' | 'expiresAt'>,
  now: Date,
): 'waits' | 'opened' | 'over' {
  if (openedAt !== null) return 'opened'
  return voidedAt === null && Date.parse(expiresAt) > now.getTime() ? 'waits' : 'over'
}
