import { deleteOldEmailChanges } from '../db/email-changes.ts'
import { deleteOldEmailTokens } from '../db/email-tokens.ts'
import { deleteOldDevices } from '../db/known-devices.ts'
import { deleteOldPasskeyChallenges } from '../db/passkeys.ts'
import { deleteOldSignIns } from '../db/sign-ins.ts'
import { deleteOldStepUps } from '../db/step-ups.ts'
import { deleteOldTries } from '../db/throttles.ts'
import { BATCH, type NamedSweep } from './sweep.ts'

/** What is swept of people: what they began and did not end, wrong guesses, and browsers that are not seen any more. */
export const identitySweeps: NamedSweep[] = [
  { name: 'forget-sign-ins', everySeconds: 600, sweep: ({ db }) => deleteOldSignIns(db, BATCH) },
  {
    name: 'forget-passkey-challenges',
    everySeconds: 60,
    sweep: ({ db }) => deleteOldPasskeyChallenges(db, BATCH),
  },
  { name: 'forget-links', everySeconds: 3600, sweep: ({ db }) => deleteOldEmailTokens(db, BATCH) },
  { name: 'forget-email-changes', everySeconds: 3600, sweep: ({ db }) => deleteOldEmailChanges(db, BATCH) },
  { name: 'forget-devices', everySeconds: 3600, sweep: ({ db }) => deleteOldDevices(db, BATCH) },
  { name: 'forget-tries', everySeconds: 600, sweep: ({ db }) => deleteOldTries(db, BATCH) },
  { name: 'forget-step-ups', everySeconds: 3600, sweep: ({ db }) => deleteOldStepUps(db, BATCH) },
]
