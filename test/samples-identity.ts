import type { OperationSample } from './api-samples.ts'

/** An input for each operation about people: sessions, factors, invitations. */
export const identitySamples: Record<string, OperationSample> = {}
