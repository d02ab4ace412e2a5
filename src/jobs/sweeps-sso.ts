import { deleteOldLogoutTokens } from '../db/logout-tokens.ts'
import { deleteOldSsoAttempts } from '../db/sso-attempts.ts'
import { BATCH, type NamedSweep } from './sweep.ts'

/** What is swept of signing in at identity providers: what nobody can use any more. */
export const ssoSweeps: NamedSweep[] = [
  { name: 'forget-sso-attempts', everySeconds: 600, sweep: ({ db }) => deleteOldSsoAttempts(db, BATCH) },
  { name: 'forget-logout-tokens', everySeconds: 600, sweep: ({ db }) => deleteOldLogoutTokens(db, BATCH) },
]
