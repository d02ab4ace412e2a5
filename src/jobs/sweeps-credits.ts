import { lapseCredits } from './lapse-credits.ts'
import type { NamedSweep } from './sweep.ts'
import { warnOfLapse } from './warn-of-lapse.ts'

/** What is swept of credits. */
export const creditsSweeps: NamedSweep[] = [
  { name: 'lapse-credits', everySeconds: 5, sweep: lapseCredits },
  { name: 'warn-of-lapse', everySeconds: 600, sweep: warnOfLapse },
]
