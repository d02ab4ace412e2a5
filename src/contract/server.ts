import { z } from 'zod'
import { Id } from './fields.ts'
import { operation } from './operation.ts'

export const serverView = operation({
  name: 'serverView',
  method: 'GET',
  path: '/v1/server',
  summary: 'Show how the server is configured, and from which address you reach it',
  permission: 'security:read',
  response: z
    .object({
      version: z.string(),
      /** Where people and callers reach it. */
      url: z.string(),
      database: z.enum(['embedded', 'external']),
      /** Null: people get no mail, and links are shown to the admin who acts. */
      mail: z.object({ from: z.string() }).nullable(),
      auditFile: z.boolean(),
      auditSyslog: z.boolean(),
      staleSeconds: z.int(),
      journalMegabytes: z.int(),
      drainSeconds: z.int(),
      /** Yours, as the server sees it. */
      yourAddress: z.string().nullable(),
    })
    .meta({ id: 'Server' }),
  examples: ['claviger server get'],
})

export const emailTest = operation({
  name: 'emailTest',
  method: 'POST',
  path: '/v1/server/email-test',
  summary: 'Send yourself a mail that says that mail works. Whether it was sent is in the list of notices',
  permission: 'channel:update',
  response: z.object({ noticeId: Id }),
  examples: ['claviger email test'],
})
