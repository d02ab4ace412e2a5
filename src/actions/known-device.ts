import type { Visit } from '../app.ts'
import { DEVICE_COOKIE, setCookie } from '../cookies.ts'
import { insertKnownDevice } from '../db/known-devices.ts'
import { RETENTION } from '../domain/retention.ts'
import { newSecret } from './sessions.ts'

const DAY_SECONDS = 86_400

/** The cookie of a browser that is this person's: what others guess elsewhere does not slow it down from now on. */
export async function rememberDevice(visit: Visit, userId: string): Promise<string> {
  const secret = newSecret('dev')
  await insertKnownDevice(visit.db, { hash: visit.keyring.hashSecret(secret), userId })
  return setCookie(DEVICE_COOKIE, secret, RETENTION.deviceDays * DAY_SECONDS)
}
