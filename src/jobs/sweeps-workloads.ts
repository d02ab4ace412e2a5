import { deleteOldAuthorizationCodes } from '../db/authorization-codes.ts'
import { deleteOldRefreshTokens } from '../db/cli-sessions.ts'
import { deleteOldDeviceCodes } from '../db/device-codes.ts'
import { forgetWorkloadSecrets } from './forget-workload-secrets.ts'
import { BATCH, type NamedSweep } from './sweep.ts'

/** What is swept of the command line's sign-ins, and of workloads. */
export const workloadsSweeps: NamedSweep[] = [
  { name: 'forget-device-codes', everySeconds: 600, sweep: ({ db }) => deleteOldDeviceCodes(db, BATCH) },
  {
    name: 'forget-authorization-codes',
    everySeconds: 600,
    sweep: ({ db }) => deleteOldAuthorizationCodes(db, BATCH),
  },
  { name: 'forget-refresh-tokens', everySeconds: 3600, sweep: ({ db }) => deleteOldRefreshTokens(db, BATCH) },
  { name: 'forget-workload-secrets', everySeconds: 3600, sweep: forgetWorkloadSecrets },
]
