import type { OperationSample } from './api-samples.ts'

/** An input for each operation about signing in at identity providers. */
export const ssoSamples: Record<string, OperationSample> = {}
