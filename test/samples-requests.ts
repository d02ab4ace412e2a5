import type { OperationSample } from './api-samples.ts'

/** An input for each operation about access requests, approvals and deliveries. */
export const requestsSamples: Record<string, OperationSample> = {}
