import { exportAudit, exportAuditCsv } from '../actions/audit-export.ts'
import { listAuditHeadsFor, viewAuditKey } from '../actions/audit-heads.ts'
import { verifyAudit } from '../actions/audit-verify.ts'
import { auditCsv, auditExport, auditHeadList, auditKeyView, auditVerify } from '../contract/audit.ts'
import { type Route, serve, serveDownload } from './serve.ts'

/** The operations about the audit trail, its sinks, channels and notices, with their actions. */
export const auditRoutes: Route[] = [
  serveDownload(auditExport, exportAudit),
  serveDownload(auditCsv, exportAuditCsv),
  serve(auditVerify, verifyAudit),
  serve(auditHeadList, listAuditHeadsFor),
  serve(auditKeyView, viewAuditKey),
]
