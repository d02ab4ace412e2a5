import type { OperationSample } from './api-samples.ts'

/** An input for each operation about workloads and their trust rules. */
export const workloadsSamples: Record<string, OperationSample> = {}
