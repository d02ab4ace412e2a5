import { expect, test } from 'vitest'
import { testApp } from '../../test/app.ts'
import { databaseText } from '../../test/database-text.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { raiseFinding } from './findings.ts'
import { notice, noticeSeal } from './notices.ts'

test('of the same thing there is one open finding, which counts and keeps its highest severity', async () => {
  await using app = await testApp()
  const raise = (severity: 'low' | 'medium' | 'high') =>
    raiseFinding(app.as(), {
      kind: 'odd',
      severity,
      targetId: 'key_1',
      place: CONFIDENTIAL,
      detail: { severity },
    })
  for (const severity of ['medium', 'high', 'low'] as const) await raise(severity)
  const rows = await app.db.selectFrom('findings').selectAll().execute()
  expect(rows).toMatchObject([{ count: 3, severity: 'high', detail: { severity: 'low' } }])
  await app.db.updateTable('findings').set({ resolvedAt: new Date() }).execute()
  await raise('low')
  expect(await app.db.selectFrom('findings').selectAll().execute()).toHaveLength(2)
})

test('a notice waits sealed: what it says, and what its link opens, is not in the database', async () => {
  await using app = await testApp()
  const link = 'https://claviger.example/invite/secret-part'
  const to = { email: 'ada@example.com' }
  await notice(app.as(), { kind: 'invitation.create', to, subject: 'Welcome', text: 'Come in', link })
  const text = await databaseText(app.db)
  for (const part of ['secret-part', 'Welcome', 'Come in']) expect(text).not.toContain(part)
  const row = await app.db.selectFrom('notices').selectAll().executeTakeFirstOrThrow()
  const sealed = {
    sealedDataKey: row.sealedDataKey ?? Buffer.of(),
    sealedSecret: row.sealedSecret ?? Buffer.of(),
  }
  const opened = app.keyring.open(sealed, noticeSeal(row.id))
  expect(JSON.parse(opened)).toEqual({ subject: 'Welcome', text: 'Come in', link })
})
