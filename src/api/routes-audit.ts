import { listAlertsFor } from '../actions/alerts.ts'
import { exportAudit, exportAuditCsv } from '../actions/audit-export.ts'
import { listAuditHeadsFor, viewAuditKey } from '../actions/audit-heads.ts'
import {
  createAuditSink,
  deleteAuditSink,
  listAuditSinksFor,
  rotateAuditSink,
  updateAuditSink,
} from '../actions/audit-sinks.ts'
import { verifyAudit } from '../actions/audit-verify.ts'
import {
  createChannel,
  deleteChannel,
  listChannelsFor,
  rotateChannel,
  testChannel,
  updateChannel,
  viewChannel,
} from '../actions/channels.ts'
import { listNoticesFor, retryNotice } from '../actions/notices.ts'
import { previewRetention, updateRetention, viewRetention } from '../actions/retention.ts'
import { testEmail, viewServer } from '../actions/server.ts'
import { alertList } from '../contract/alerts.ts'
import { auditCsv, auditExport, auditHeadList, auditKeyView, auditVerify } from '../contract/audit.ts'
import {
  auditSinkCreate,
  auditSinkDelete,
  auditSinkList,
  auditSinkRotate,
  auditSinkUpdate,
} from '../contract/audit-sinks.ts'
import {
  channelCreate,
  channelDelete,
  channelList,
  channelRotate,
  channelTest,
  channelUpdate,
  channelView,
} from '../contract/channels.ts'
import { noticeList, noticeRetry } from '../contract/notices.ts'
import { retentionPreview, retentionUpdate, retentionView } from '../contract/retention.ts'
import { emailTest, serverView } from '../contract/server.ts'
import { type Route, serve, serveDownload } from './serve.ts'

/** The operations about the audit trail, its sinks, channels, notices, alerts, retention and the server, with their actions. */
export const auditRoutes: Route[] = [
  serveDownload(auditExport, exportAudit),
  serveDownload(auditCsv, exportAuditCsv),
  serve(auditVerify, verifyAudit),
  serve(auditHeadList, listAuditHeadsFor),
  serve(auditKeyView, viewAuditKey),
  serve(auditSinkCreate, createAuditSink),
  serve(auditSinkList, listAuditSinksFor),
  serve(auditSinkUpdate, updateAuditSink),
  serve(auditSinkRotate, rotateAuditSink),
  serve(auditSinkDelete, deleteAuditSink),
  serve(channelCreate, createChannel),
  serve(channelList, listChannelsFor),
  serve(channelView, viewChannel),
  serve(channelUpdate, updateChannel),
  serve(channelRotate, rotateChannel),
  serve(channelTest, testChannel),
  serve(channelDelete, deleteChannel),
  serve(noticeList, listNoticesFor),
  serve(noticeRetry, retryNotice),
  serve(alertList, listAlertsFor),
  serve(retentionView, viewRetention),
  serve(retentionPreview, previewRetention),
  serve(retentionUpdate, updateRetention),
  serve(serverView, viewServer),
  serve(emailTest, testEmail),
]
