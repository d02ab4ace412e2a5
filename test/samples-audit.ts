import type { OperationSample } from './api-samples.ts'

/** An input for each operation about the audit trail, its sinks, channels and notices. */
export const auditSamples: Record<string, OperationSample> = {}
