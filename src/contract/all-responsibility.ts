import type { AnyOperation } from './operation.ts'

/** The operations about documents, ownership and findings. */
export const responsibilityOperations: AnyOperation[] = []
