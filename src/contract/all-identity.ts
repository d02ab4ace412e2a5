import type { AnyOperation } from './operation.ts'

/** The operations about people: sessions, factors, invitations. */
export const identityOperations: AnyOperation[] = []
