import type { AnyOperation } from './operation.ts'

/** The operations about workloads and their trust rules. */
export const workloadsOperations: AnyOperation[] = []
