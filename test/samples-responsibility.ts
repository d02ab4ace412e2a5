import type { OperationSample } from './api-samples.ts'

/** An input for each operation about documents, ownership and findings. */
export const responsibilitySamples: Record<string, OperationSample> = {}
