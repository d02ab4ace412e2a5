import type { Visit } from '../app.ts'
import { sessionCookie } from '../cookies.ts'
import { createSession, SESSION_HOURS } from './sessions.ts'

type FirstFactor = {
  userId: string
  methods: readonly string[]
  /** What this person did counts as two factors already: a passkey, or a provider that says so. */
  mfaDone: boolean
  connectionId?: string
  ssoSid?: string
  returnTo: string
}

/** Where somebody who signs in goes from here, and the cookies that go with them. */
export type NextStep = { step: 'done' | 'factor' | 'enrol'; cookies: string[]; location: string }

/** The first factor was right: begins the session. The only way to one in a browser. */
export async function passFirstFactor(visit: Visit, factor: FirstFactor): Promise<NextStep> {
  const { mfaDone, returnTo, ...session } = factor
  const { secret } = await createSession(visit, { ...session, kind: 'browser', mfa: mfaDone })
  return { step: 'done', cookies: [sessionCookie(secret, SESSION_HOURS * 3600)], location: returnTo }
}
