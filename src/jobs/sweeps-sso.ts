import type { NamedSweep } from './sweep.ts'

/** What is swept of signing in at identity providers. */
export const ssoSweeps: NamedSweep[] = []
