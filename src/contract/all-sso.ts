import type { AnyOperation } from './operation.ts'

/** The operations about signing in at identity providers. */
export const ssoOperations: AnyOperation[] = []
