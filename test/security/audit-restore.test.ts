import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sealChain } from '../../src/actions/audit-chain.ts'
import { verifyAudit } from '../../src/actions/audit-verify.ts'
import { setUpHeadless } from '../../src/actions/setup.ts'
import { createTeam } from '../../src/actions/teams.ts'
import { type App, type Ctx, visitOf } from '../../src/app.ts'
import { auditHeadsPath } from '../../src/audit-heads-file.ts'
import { buildApp } from '../../src/build-app.ts'
import { readConfig } from '../../src/config.ts'
import { openDataDirectory } from '../../src/data-directory.ts'
import { createLog } from '../../src/log.ts'
import { readRootKey } from '../../src/root-key.ts'
import { SETUP_ACTOR } from '../app.ts'
import { copyOf, testDatabase } from '../database.ts'

/** What the program does on this database and data directory, from its start to its end. */
async function running<T>(databaseUrl: string, dataDir: string, work: (app: App) => Promise<T>): Promise<T> {
  const config = readConfig({ CLAVIGER_DATA_DIR: dataDir, PORT: '0', CLAVIGER_DRAIN_SECONDS: '1' })
  const log = createLog({ logLevel: 'fatal' }, () => {})
  const rootKey = readRootKey(config).key
  const { app, close } = await buildApp({
    config,
    rootKey,
    databaseUrl,
    log,
    clock: () => new Date(),
    onTaken: () => {},
  })
  try {
    return await work(app)
  } finally {
    await close(1_000)
  }
}

const as = (app: App): Ctx => ({ ...visitOf(app), actor: SETUP_ACTOR })
const seal = (app: App) => sealChain(as(app), { headEveryMs: 0 })
const verify = (app: App) =>
  verifyAudit(as(app), { params: {}, query: { from: 1 }, body: undefined as never })
const changes = async (app: App, names: string[]) => {
  for (const name of names) await createTeam(as(app), { params: {}, query: {}, body: { name } })
}

test('149: a backup from before is noticed by the heads that were kept, until somebody says that it is meant', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'claviger-restore-'))
  openDataDirectory(dataDir)
  await using database = await testDatabase()
  await running(database.url, dataDir, async (app) => {
    const owner = { organization: 'Acme', email: 'owner@example.com', name: 'Owner' }
    await setUpHeadless(app, owner, () => {})
    await changes(app, ['one', 'two'])
    await seal(app)
    expect(await verify(app)).toMatchObject({ ok: true, firstBroken: null })
  })
  await using backup = await copyOf(database.url)
  const lost = await running(database.url, dataDir, async (app) => {
    await changes(app, ['three', 'four', 'five'])
    await seal(app)
    const { ok, checked } = await verify(app)
    expect(ok).toBe(true)
    return checked
  })

  await running(backup.url, dataDir, async (app) => {
    // Before anything new is sealed: what was lost is said with its position.
    const report = await verify(app)
    expect(report).toMatchObject({
      ok: false,
      firstBroken: { position: lost, problem: expect.stringMatching(/cut off/) },
    })
    await changes(app, ['instead of three'])
    expect(await seal(app)).toMatchObject({ position: lost })
    const findings = await app.db.selectFrom('findings').select(['kind', 'severity']).execute()
    expect(findings).toEqual([{ kind: 'audit-chain-broken', severity: 'high' }])
    // As docs/audit.md says: the file is kept as evidence, and the trail goes on.
    renameSync(auditHeadsPath(dataDir), join(dataDir, 'audit-heads.before-the-restore.jsonl'))
    expect(await seal(app)).toBeNull()
    expect(await verify(app)).toMatchObject({ ok: true, firstBroken: null })
  })
  rmSync(dataDir, { recursive: true, force: true })
})

test('149: a backup of this moment goes on as if nothing had happened', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'claviger-restore-'))
  openDataDirectory(dataDir)
  await using database = await testDatabase()
  const before = await running(database.url, dataDir, async (app) => {
    await setUpHeadless(app, { organization: 'Acme', email: 'owner@example.com', name: 'Owner' }, () => {})
    await changes(app, ['one'])
    await seal(app)
    return verify(app)
  })
  await using backup = await copyOf(database.url)
  await running(backup.url, dataDir, async (app) => {
    await changes(app, ['two'])
    await seal(app)
    const report = await verify(app)
    expect(report.ok).toBe(true)
    expect(report.checked).toBeGreaterThan(before.checked)
  })
  rmSync(dataDir, { recursive: true, force: true })
})
