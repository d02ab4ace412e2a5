import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { operationNamed } from '../../test/control-plane.ts'
import { type Cli, createCli } from '../../test/run-cli.ts'
import { createWorld, type World } from '../../test/world.ts'
import { auditHeadsPath } from '../audit-heads-file.ts'
import { createKeyring } from '../keyring.ts'
import { checkFile } from './audit-verify.ts'

const SAMPLED = 200

const seqAt = (position: number) => `(select event_seq from audit_chain where position = ${position})`

async function tamper({ app }: World, statement: string): Promise<void> {
  for (const table of ['audit_events', 'audit_chain', 'audit_heads']) {
    await sql.raw(`alter table ${table} disable trigger all`).execute(app.db)
  }
  await sql.raw(statement).execute(app.db)
}

async function exported({ api }: World, cli: Cli, query: Record<string, string> = {}): Promise<string> {
  const { status, body } = await api.send(operationNamed('auditExport'), { query }, { token: api.owner })
  expect(status).toBe(200)
  const file = join(cli.dir, 'audit.jsonl')
  writeFileSync(file, body)
  return file
}

test('148: an exported file proves itself without a server, and names the row in which one byte was changed', async () => {
  await using world = await createWorld()
  using cli = createCli({ CLAVIGER_URL: world.api.url, CLAVIGER_TOKEN: world.tokens.owner })
  const file = join(cli.dir, 'audit.jsonl')
  const download = await cli.run(['audit', 'export'])
  writeFileSync(file, download.stdout)
  const key = JSON.parse((await cli.run(['audit-key', 'get', '--json'])).stdout).publicKey
  const heads = auditHeadsPath(world.app.config.dataDir)
  const offline = { env: { CLAVIGER_URL: 'http://127.0.0.1:9' } }
  const verify = ['audit', 'verify', '--file', file]
  const whole = await cli.run([...verify, '--public-key', key, '--heads', heads], offline)
  expect([whole.code, whole.stderr, whole.stdout]).toEqual([
    0,
    '',
    expect.stringMatching(/is whole: \d\d+ events/),
  ])
  const trusting = await cli.run(verify, offline)
  expect([trusting.code, trusting.stderr]).toEqual([0, expect.stringContaining('add --public-key')])

  const server = await cli.run(['audit', 'verify'])
  expect([server.code, server.stdout]).toEqual([0, expect.stringMatching(/is whole: \d+ events checked/)])
  await tamper(world, `update audit_events set action = 'team.creatf' where seq = ${seqAt(7)}`)
  const changed = await cli.run(['audit', 'verify'])
  expect([changed.code, changed.stderr]).toEqual([
    9,
    expect.stringMatching(/breaks at position 7 \(evt_\w+\)/),
  ])
  const again = await cli.run(['audit', 'verify', '--file', await exported(world, cli)])
  expect([again.code, again.stderr]).toEqual([9, expect.stringMatching(/breaks at position 7 \(evt_\w+\)/)])
}, 60_000)

test('148: any one byte of an exported file that is another is found', async () => {
  await using world = await createWorld()
  using cli = createCli()
  const file = await exported(world, cli)
  const bytes = readFileSync(file)
  const key = world.app.keyring.auditPublicKey
  expect((await checkFile(file, null, [])).firstBroken).toBeNull()
  const positions = Array.from({ length: SAMPLED }, (_, i) =>
    Math.floor((i * (bytes.length - 1)) / (SAMPLED - 1)),
  )
  // The whole of the last line as well: it signs the rest, and nothing signs it but its own signature.
  const manifest = bytes.lastIndexOf('\n', bytes.length - 2) + 1
  const last = Array.from({ length: bytes.length - manifest }, (_, i) => manifest + i)
  const unseen: number[] = []
  for (const position of [...positions, ...last]) {
    const flipped = Buffer.from(bytes)
    flipped[position] = (flipped[position] ?? 0) ^ 1
    writeFileSync(file, flipped)
    if ((await checkFile(file, key, [])).firstBroken === null) unseen.push(position)
  }
  expect(unseen).toEqual([])
}, 60_000)

test('148: a file that lacks lines, or has more, or in another order, is found', async () => {
  await using world = await createWorld()
  using cli = createCli()
  const file = await exported(world, cli)
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const broken = async (changed: string[]) => {
    writeFileSync(file, `${changed.join('\n')}\n`)
    return (await checkFile(file, null, [])).firstBroken
  }
  expect(await broken(lines.toSpliced(4, 1))).toMatchObject({ position: 5, problem: /missing/ })
  expect(await broken(lines.toSpliced(4, 0, lines[4] ?? ''))).toMatchObject({ problem: /missing/ })
  expect(
    await broken([...lines.slice(0, 3), lines[4] ?? '', lines[3] ?? '', ...lines.slice(5)]),
  ).not.toBeNull()
  expect(await broken(lines.slice(0, -1))).toMatchObject({ problem: /cut off/ })
  expect(await broken(lines.slice(1))).toMatchObject({
    problem: /not the one that its manifest was signed for/,
  })
  expect(await broken([])).not.toBeNull()
})

test('149: a file whose end was cut off on the server is found by heads that were kept elsewhere', async () => {
  await using world = await createWorld()
  using cli = createCli()
  await exported(world, cli)
  await tamper(
    world,
    `with heads as (delete from audit_heads returning 1), links as (
       delete from audit_chain where position > 10 returning event_seq)
     delete from audit_events using links where seq = links.event_seq`,
  )
  const file = await exported(world, cli)
  expect((await checkFile(file, null, [])).firstBroken).toBeNull()
  const kept = readFileSync(auditHeadsPath(world.app.config.dataDir), 'utf8').trim().split('\n')
  const { firstBroken } = await checkFile(
    file,
    null,
    kept.map((line) => JSON.parse(line)),
  )
  expect(firstBroken?.problem).toMatch(/signed up to here, but the file ends before/)
})

test('a file that somebody signed with a key of their own is not ours', async () => {
  await using world = await createWorld()
  using cli = createCli()
  const file = await exported(world, cli)
  const other = createKeyring(Buffer.alloc(32, 7)).auditPublicKey
  expect((await checkFile(file, other, [])).firstBroken?.problem).toMatch(/signature/)
})

test('a range of time is a file of its own, that proves what is in it', async () => {
  await using world = await createWorld()
  using cli = createCli()
  const file = await exported(world, cli, { from: '-1h', to: 'now' })
  const { firstBroken, events } = await checkFile(file, world.app.keyring.auditPublicKey, [])
  expect([firstBroken, events > 20]).toEqual([null, true])
  const none = await exported(world, cli, { from: '-2h', to: '-1h' })
  expect(await checkFile(none, null, [])).toMatchObject({ firstBroken: null, events: 0 })
})

test('an export is OCSF in CloudEvents, and is an event itself', async () => {
  await using world = await createWorld()
  using cli = createCli()
  const lines = readFileSync(await exported(world, cli), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const events = lines.filter((line) => line.data?.class_uid)
  expect(events.at(-1)).toMatchObject({ specversion: '1.0', type: 'io.claviger.audit.audit.export' })
  const grant = events.find((line) => line.type === 'io.claviger.audit.grant.create')
  expect(grant.data).toMatchObject({
    class_uid: 3005,
    type_uid: 300_501,
    status_id: 1,
    user: expect.anything(),
  })
  const team = events.find((line) => line.type === 'io.claviger.audit.team.create')
  expect(team.data).toMatchObject({ class_uid: 6003, api: { operation: 'team.create' }, activity_id: 1 })
  expect(team.data.unmapped.claviger).toMatchObject({ event: { id: team.id }, position: expect.any(Number) })
})

test('156: the table for spreadsheets has no cell that one would compute', async () => {
  await using world = await createWorld()
  const headers = { 'user-agent': '=HYPERLINK("http://x")' }
  const body = { name: 'Sheets' }
  await world.api.send(operationNamed('teamCreate'), { body }, { token: world.api.owner, headers })
  const csv = await world.api.send(operationNamed('auditCsv'), {}, { token: world.api.owner })
  expect(csv.body.split('\r\n')[0]).toMatch(/^position,id,at,actorKind/)
  expect(csv.body).toContain(`,"'=HYPERLINK(""http://x"")"\r\n`)
})
