import type { AnyOperation } from './operation.ts'

/** The operations about access requests, approvals and deliveries. */
export const requestsOperations: AnyOperation[] = []
