import type { Ctx } from '../app.ts'
import { AppError } from '../domain/errors.ts'

/** For what changes how somebody signs in: a browser that was left open is not enough for it. */
export function requireConfirmed({ actor }: Ctx): void {
  if (actor.stepUp !== 'needed') return
  throw new AppError('step_up_required', 'Confirm this request once more: it changes how somebody signs in.')
}
