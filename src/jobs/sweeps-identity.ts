import type { NamedSweep } from './sweep.ts'

/** What is swept of people: sessions, factors, invitations. */
export const identitySweeps: NamedSweep[] = []
