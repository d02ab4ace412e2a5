import { attest } from './attest.ts'
import { remind } from './remind.ts'
import type { NamedSweep } from './sweep.ts'

/** What is swept of documents, ownership and findings. */
export const responsibilitySweeps: NamedSweep[] = [
  { name: 'remind', everySeconds: 600, sweep: remind },
  { name: 'attest', everySeconds: 600, sweep: attest },
]
