import type { NanoUsd } from './money.ts'
import type { Scope } from './scope.ts'

export const BUDGET_WINDOWS = ['day', 'week', 'month', 'total'] as const
export type BudgetWindow = (typeof BUDGET_WINDOWS)[number]

/** Money per window at one scope, optionally only for one provider or for models that match a pattern. */
export type Budget = {
  id: string
  name: string
  scope: Scope
  /** A hard budget refuses; a soft one only warns. */
  kind: 'hard' | 'soft'
  window: BudgetWindow
  limitNanoUsd: NanoUsd
  /** When the caller set no output cap and the remainder is short: cut the output to what it buys, or refuse. */
  onShort: 'clamp' | 'deny'
  providerId: string | null
  modelPattern: string | null
}

/** True when a budget with `free` left lets a call hold `amount`. What costs nothing passes even when nothing is left. */
export function allowsHold(kind: Budget['kind'], free: NanoUsd, amount: NanoUsd): boolean {
  return kind === 'soft' || amount === 0n || amount <= free
}

/** True when a budget with `room` left has enough for `hold`, or says to cut the output rather than to refuse. */
export function cutsToFit(
  { onShort }: Pick<Budget, 'onShort'>,
  room: NanoUsd | null,
  hold: NanoUsd,
): boolean {
  return onShort === 'clamp' || room === null || room >= hold
}
