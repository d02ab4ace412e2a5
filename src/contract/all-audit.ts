import { alertList } from './alerts.ts'
import { auditCsv, auditExport, auditHeadList, auditKeyView, auditVerify } from './audit.ts'
import {
  auditSinkCreate,
  auditSinkDelete,
  auditSinkList,
  auditSinkRotate,
  auditSinkUpdate,
} from './audit-sinks.ts'
import {
  channelCreate,
  channelDelete,
  channelList,
  channelRotate,
  channelTest,
  channelUpdate,
  channelView,
} from './channels.ts'
import { noticeList, noticeRetry } from './notices.ts'
import type { AnyOperation } from './operation.ts'
import { retentionPreview, retentionUpdate, retentionView } from './retention.ts'
import { emailTest, serverView } from './server.ts'

/** The operations about the audit trail, its sinks, channels, notices, alerts, retention and the server. */
export const auditOperations: AnyOperation[] = [
  auditExport,
  auditCsv,
  auditVerify,
  auditHeadList,
  auditKeyView,
  auditSinkCreate,
  auditSinkList,
  auditSinkUpdate,
  auditSinkRotate,
  auditSinkDelete,
  channelCreate,
  channelList,
  channelView,
  channelUpdate,
  channelRotate,
  channelTest,
  channelDelete,
  noticeList,
  noticeRetry,
  alertList,
  retentionView,
  retentionPreview,
  retentionUpdate,
  serverView,
  emailTest,
]
