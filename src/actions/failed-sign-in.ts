import type { Visit } from '../app.ts'
import { insertAuditEvent } from '../db/audit.ts'
import { newId } from '../ids.ts'

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
  await insertAuditEvent(visit.db.isTransaction ? visit.gatewayDb : visit.db, {
    id: newId('evt'),
    actorKind: 'nobody',
    actorId: 'nobody',
    userId: null,
    action,
    targetId: userId ?? 'nobody',
    teamId: null,
    projectId: null,
    result: 'failed',
    sessionId: null,
    methods,
    userAgent: visit.userAgent,
    before: null,
    after: null,
    reason,
    requestId: visit.requestId,
    ip: visit.ip,
  })
}
