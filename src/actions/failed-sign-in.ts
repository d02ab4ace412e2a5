import type { Visit } from '../app.ts'
import { nobody } from '../domain/actor.ts'
import { auditAlone } from './audit.ts'

type Failure = {
  /** `session.create`: the first factor was wrong; `second-factor.check`: the code was, at sign-in or to confirm. */
  action: 'session.create' | 'second-factor.check'
  /** Whose account was tried; null when there is none. */
  userId: string | null
  methods: string[]
  reason: string
}

/**
 * Writes that somebody did not show who they are: by nobody, and by itself, since what failed is undone. As often as
 * throttles let anybody try.
 */
export async function noteFailedSignIn(visit: Visit, failure: Failure): Promise<void> {
  const { action, userId, methods, reason } = failure
  const db = visit.db.isTransaction ? visit.gatewayDb : visit.db
  const ctx = { ...visit, db, actor: { ...nobody(), methods } }
  await auditAlone(ctx, { action, targetId: userId ?? 'nobody', result: 'failed', reason })
}
