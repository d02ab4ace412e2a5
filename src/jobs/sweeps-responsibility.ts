import type { NamedSweep } from './sweep.ts'

/** What is swept of documents, ownership and findings. */
export const responsibilitySweeps: NamedSweep[] = []
