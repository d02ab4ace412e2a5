import { deleteOldNotices } from '../db/notices.ts'
import { sayRepeatedDenials } from './say-denials.ts'
import { sealAudit } from './seal-audit.ts'
import { sendNotices } from './send-notices.ts'
import { streamAudit } from './stream-audit.ts'
import { BATCH, type NamedSweep } from './sweep.ts'

/** What is swept of the audit trail, its sinks, channels and notices. */
export const auditSweeps: NamedSweep[] = [
  { name: 'seal-audit', everySeconds: 1, sweep: sealAudit },
  { name: 'say-denials', everySeconds: 20, sweep: sayRepeatedDenials },
  { name: 'stream-audit', everySeconds: 2, sweep: streamAudit },
  { name: 'send-notices', everySeconds: 2, sweep: sendNotices },
  { name: 'forget-notices', everySeconds: 3600, sweep: ({ db }) => deleteOldNotices(db, BATCH) },
]
