import { auditCsv, auditExport, auditHeadList, auditKeyView, auditVerify } from './audit.ts'
import type { AnyOperation } from './operation.ts'

/** The operations about the audit trail, its sinks, channels and notices. */
export const auditOperations: AnyOperation[] = [
  auditExport,
  auditCsv,
  auditVerify,
  auditHeadList,
  auditKeyView,
]
