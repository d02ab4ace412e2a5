import type { OperationSample } from './api-samples.ts'

/** An input for each operation about the audit trail, its sinks, channels and notices. */
export const auditSamples: Record<string, OperationSample> = {
  auditExport: { place: 'confidential', input: () => ({}), events: 1 },
  auditCsv: { place: 'confidential', input: () => ({}), events: 1 },
  auditVerify: { place: 'confidential', input: () => ({}) },
  auditHeadList: { place: 'confidential', input: () => ({}) },
  auditKeyView: { place: 'everyone', input: () => ({}) },
}
