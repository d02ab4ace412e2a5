import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import {
  callRequest,
  type LedgerWorld,
  ledgerWorld,
  makeRateLimit,
  NODE_TERMS,
  openPool,
  outcome,
  prepareRates,
  setRateLimit,
  shareFaults,
  until,
} from '../../test/ledger.ts'
import { tcpProxy } from '../../test/tcp-proxy.ts'
import { createBus } from '../db/bus.ts'
import { MINUTE_MS, type RateLimit } from '../domain/rate-limit.ts'
import { createLog } from '../log.ts'
import { createMetrics, type Metrics } from '../metrics.ts'
import { postgresAuthority } from './authority.ts'
import { openLedger } from './create-ledger.ts'
import type { Admission, Ledger, Refusal } from './ledger.ts'

/** Several ledgers on one database, each as a process of its own would have it: its own pool, bus and journal. */

type Node = { ledger: Ledger; metrics: Metrics }
type NodeOptions = { url?: string; trustedSeconds?: number; monotonic?: () => number; dataDir?: string }

async function startNode(
  world: LedgerWorld,
  nodeId: string,
  { url = world.url, trustedSeconds = 300, monotonic, dataDir = directory() }: NodeOptions = {},
): Promise<Node> {
  const db = openPool(url)
  const log = createLog({ logLevel: 'warn' }, (line) => world.logged.push(line))
  const bus = await createBus(url, log)
  const metrics = createMetrics()
  const authority = postgresAuthority(db, nodeId, { ...NODE_TERMS, trustedSeconds })
  const ledger = await openLedger({ authority, dataDir, bus, metrics, log, monotonic })
  onTestFinished(async () => {
    await ledger.close(1_000)
    await bus.close()
    await db.destroy()
  })
  return { ledger, metrics }
}

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'claviger-node-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

async function callAt({ ledger }: Node, limit: RateLimit, holdTokens = 0): Promise<Admission | Refusal> {
  await prepareRates(ledger, [limit], holdTokens)
  return ledger.admit(callRequest({ rateLimits: [limit], holdTokens }))
}

function isAdmission(answer: object): answer is Admission {
  return !('refused' in answer)
}

async function questionsAbout(question: string, { metrics }: Node): Promise<number> {
  const { values } = (await metrics.registry.getSingleMetric('claviger_ledger_questions_total')?.get()) ?? {
    values: [],
  }
  return values.find(({ labels }) => labels.question === question)?.value ?? 0
}

test('a limit of 7 requests lets 7 of 300 calls in that come at once on three nodes', async () => {
  await using world = await ledgerWorld()
  const nodes = await startNodes(world)
  const limit = await makeRateLimit(world.db, { requestsPerMinute: 7 })
  const answers = await Promise.all(Array.from({ length: 300 }, (_, call) => callAt(at(nodes, call), limit)))
  expect(answers.filter(isAdmission)).toHaveLength(7)
  const refusals = answers.filter((answer) => !isAdmission(answer))
  expect(refusals.every((refusal) => 'refused' in refusal && refusal.refused === 'rate_limit')).toBe(true)
  expect(await shareFaults(world.db)).toEqual([])
}, 30_000)

test('calls that come one after the other, each on another node, use a limit to the last one', async () => {
  await using world = await ledgerWorld()
  const nodes = await startNodes(world)
  const limit = await makeRateLimit(world.db, { requestsPerMinute: 40, concurrentCalls: 20 })
  let admitted = 0
  let running: Admission[] = []
  for (let call = 0; call < 90; call++) {
    const answer = await callAt(at(nodes, call), limit)
    if (!isAdmission(answer)) continue
    admitted++
    running.push(answer)
    if (running.length === 20) {
      for (const [index, admission] of running.entries())
        at(nodes, index + call + 1 - 20).ledger.settle(admission, outcome())
      running = []
    }
  }
  expect(admitted).toBe(40)
}, 60_000)

test('over minutes of load on three nodes no minute has more than the limit, and most of it is used', async () => {
  await using world = await ledgerWorld()
  const speed = 20
  const monotonic = () => performance.now() * speed
  const nodes = await startNodes(world, { monotonic })
  const limit = await makeRateLimit(world.db, {
    requestsPerMinute: 60,
    tokensPerMinute: 3_000,
    concurrentCalls: 6,
  })
  const admittedAt: number[] = []
  const started = monotonic()
  let running = 0
  let mostRunning = 0
  let worker = 0
  const work = async (node: Node) => {
    const id = ++worker
    for (let call = 0; monotonic() - started < 3 * MINUTE_MS; call++) {
      const holdTokens = 20 + ((id * 7 + call * 13) % 20)
      const answer = await callAt(node, limit, holdTokens)
      if (isAdmission(answer)) {
        admittedAt.push(monotonic())
        mostRunning = Math.max(mostRunning, ++running)
        await pause(5 + (call % 10))
        running--
        const quantities = { ...outcome().quantities, inputTokens: holdTokens - 10, outputTokens: 5 }
        node.ledger.settle(answer, outcome({ quantities }))
      } else await pause(3)
    }
  }
  await Promise.all(nodes.flatMap((node) => Array.from({ length: 4 }, () => work(node))))
  for (const at of admittedAt) {
    const minute = admittedAt.filter((other) => other > at - MINUTE_MS && other <= at)
    expect(minute.length).toBeLessThanOrEqual(60)
  }
  expect(mostRunning).toBeLessThanOrEqual(6)
  expect(admittedAt.length, 'the limit is used').toBeGreaterThan(0.8 * 3 * 60)
  expect(await shareFaults(world.db)).toEqual([])
}, 60_000)

test('one node alone asks once, however many calls there are', async () => {
  await using world = await ledgerWorld()
  const node = await startNode(world, 'node_a')
  const limit = await makeRateLimit(world.db, { requestsPerMinute: 1_000, concurrentCalls: 10 })
  for (let call = 0; call < 1_000; call++) {
    const answer = await callAt(node, limit)
    if (!isAdmission(answer)) throw new Error(`refused call ${call}`)
    node.ledger.settle(answer, outcome())
  }
  expect(await callAt(node, limit)).toMatchObject({ refused: 'rate_limit', dimension: 'requests' })
  expect(await questionsAbout('shares', node)).toBe(1)
  expect(node.ledger.rateStatus([limit]).requests).toMatchObject({ limit: 1_000, remaining: 0 })
}, 30_000)

test('what is left of a limit is all of it on one node, and its own share on one of several', async () => {
  await using world = await ledgerWorld()
  const node = await startNode(world, 'node_a')
  const limit = await makeRateLimit(world.db, {
    requestsPerMinute: 60,
    tokensPerMinute: 1_000,
    concurrentCalls: 5,
  })
  const unknown = { requests: null, tokens: null, concurrent: null, inAll: true }
  expect(node.ledger.rateLeft(limit)).toEqual(unknown)
  const running = await callAt(node, limit, 100)
  const ended = await callAt(node, limit, 100)
  if (!isAdmission(running) || !isAdmission(ended)) throw new Error('refused')
  const quantities = { ...outcome().quantities, inputTokens: 20, outputTokens: 10 }
  node.ledger.settle(ended, outcome({ quantities }))
  expect(node.ledger.rateLeft(limit)).toEqual({ requests: 58, tokens: 870, concurrent: 4, inAll: true })
  const some = { ...limit, tokensPerMinute: null }
  expect(node.ledger.rateLeft(some)).toMatchObject({ tokens: null, requests: 58 })

  const other = await startNode(world, 'node_b')
  await until(() => !node.ledger.rateLeft(limit).inAll, 'it hears of the other')
  expect(other.ledger.rateLeft(limit)).toEqual({ ...unknown, inAll: false })
  await callAt(other, limit)
  const [here, there] = [node, other].map(({ ledger }) => ledger.rateLeft(limit).requests ?? 0)
  expect((here ?? 0) + (there ?? 0)).toBeLessThanOrEqual(57)
  expect(there).toBeGreaterThan(0)
}, 30_000)

test('a lowered limit holds on all nodes as soon as they hear of it', async () => {
  await using world = await ledgerWorld()
  const nodes = await startNodes(world)
  const limit = await makeRateLimit(world.db, { requestsPerMinute: 300 })
  for (const node of nodes) expect(await callAt(node, limit)).not.toHaveProperty('refused')
  const lower = { ...limit, requestsPerMinute: 10 }
  await setRateLimit(world.db, limit.id, lower)
  const answers = await Promise.all(Array.from({ length: 90 }, (_, call) => callAt(at(nodes, call), lower)))
  expect(answers.filter(isAdmission).length, 'three were there before').toBeLessThanOrEqual(7)
  expect(answers.filter(isAdmission).length).toBeGreaterThan(0)
  const higher = { ...limit, requestsPerMinute: 60 }
  await setRateLimit(world.db, limit.id, higher)
  await until(async () => isAdmission(await callAt(at(nodes, 0), higher)), 'the raised limit is there')
}, 30_000)

test('the slots of a node that the database hears no more are free once it is not trusted, and not before', async () => {
  await using world = await ledgerWorld()
  await using wire = await tcpProxy(world.url)
  const trustedSeconds = 4
  const silent = await startNode(world, 'node_silent', { url: wire.url, trustedSeconds })
  const limit = await makeRateLimit(world.db, { requestsPerMinute: 10, concurrentCalls: 3 })
  for (let call = 0; call < 3; call++) expect(await callAt(silent, limit)).not.toHaveProperty('refused')
  const other = await startNode(world, 'node_other')
  expect(await callAt(other, limit)).toMatchObject({ refused: 'rate_limit', dimension: 'concurrent' })
  wire.cut()
  await until(async () => isAdmission(await callAt(other, limit)), 'the slots are free')
  const { rows } = await sql<{ over: boolean }>`
    select trusted_until + interval '1 second' <= clock_timestamp() as over from nodes where id = 'node_silent'`.execute(
    world.db,
  )
  expect(rows[0]?.over, 'the silent node was not trusted any more').toBe(true)
  expect(silent.ledger.admit(callRequest({ rateLimits: [limit] }))).toMatchObject({ refused: 'unavailable' })
  for (let call = 0; call < 2; call++) expect(await callAt(other, limit)).not.toHaveProperty('refused')
  expect(await callAt(other, limit)).toMatchObject({ refused: 'rate_limit', dimension: 'concurrent' })
  const kept = (await sharesOf(world, limit, 'requests')).find(({ node }) => node === 'node_silent')
  expect(kept?.amount, 'its minute has not passed').toBeGreaterThanOrEqual(3)
  expect(await shareFaults(world.db)).toEqual([])
}, 30_000)

test('a node that was killed gives back, when it starts again, all that its last minute did not count', async () => {
  await using world = await ledgerWorld()
  const dataDir = directory()
  const limit = await makeRateLimit(world.db, { requestsPerMinute: 10, concurrentCalls: 3 })
  await runAndKill(world, dataDir, limit, 5)
  const other = await startNode(world, 'node_other')
  expect(await callAt(other, limit)).toMatchObject({ refused: 'rate_limit' })
  await startNode(world, 'node_killed', { dataDir })
  await until(async () => isAdmission(await callAt(other, limit)), 'the shares are back')
  const answers = await Promise.all(Array.from({ length: 2 }, () => callAt(other, limit)))
  expect(answers.filter(isAdmission), 'all slots are free, the calls ended with their process').toHaveLength(
    2,
  )
  for (const answer of answers) if (isAdmission(answer)) other.ledger.settle(answer, outcome())
  const more = await Promise.all(Array.from({ length: 2 }, () => callAt(other, limit)))
  expect(more.filter(isAdmission)).toHaveLength(2)
  for (const answer of more) if (isAdmission(answer)) other.ledger.settle(answer, outcome())
  expect(await callAt(other, limit), 'five before and five now').toMatchObject({ dimension: 'requests' })
}, 60_000)

test('while the database is away a node goes on within its share, as long as it is trusted', async () => {
  await using world = await ledgerWorld()
  await using wire = await tcpProxy(world.url)
  const node = await startNode(world, 'node_a', { url: wire.url, trustedSeconds: 4 })
  const limit = await makeRateLimit(world.db, { requestsPerMinute: 60 })
  expect(await callAt(node, limit)).not.toHaveProperty('refused')
  wire.cut()
  for (let call = 1; call < 50; call++) expect(await callAt(node, limit)).not.toHaveProperty('refused')
  const unknown = await makeRateLimit(world.db, { requestsPerMinute: 60 })
  expect(await callAt(node, unknown)).toMatchObject({ refused: 'unavailable' })
  await until(async () => !isAdmission(await callAt(node, limit)) || pause(500).then(() => false), 'it stops')
  expect(await callAt(node, limit)).toMatchObject({ refused: 'unavailable' })
  wire.restore()
  await until(async () => isAdmission(await callAt(node, limit)), 'it goes on')
}, 40_000)

test('no statement can hand out more of a figure than there is', async () => {
  await using world = await ledgerWorld()
  const node = await startNode(world, 'node_a')
  const limit = await makeRateLimit(world.db, { requestsPerMinute: 5 })
  await callAt(node, limit)
  await expect(
    sql`update rate_pools set shared = shared + 1 where limit_id = ${limit.id}`.execute(world.db),
  ).rejects.toThrow('never_over_figure')
})

function startNodes(world: LedgerWorld, options: NodeOptions = {}): Promise<Node[]> {
  return Promise.all(['node_a', 'node_b', 'node_c'].map((id) => startNode(world, id, options)))
}

async function runAndKill(
  world: LedgerWorld,
  dataDir: string,
  limit: RateLimit,
  calls: number,
): Promise<void> {
  const driver = join(import.meta.dirname, '../../test/rate-driver.ts')
  const args = ['--url', world.url, '--data-dir', dataDir, '--node', 'node_killed', '--calls', String(calls)]
  const child = spawn(process.execPath, [driver, ...args, '--limit', JSON.stringify(limit)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function sharesOf(world: LedgerWorld, limit: RateLimit, dimension: string) {
  const { rows } = await sql<{ node: string; amount: number }>`
    select node_id as node, amount::int from rate_shares
    where limit_id = ${limit.id} and dimension = ${dimension} order by node_id`.execute(world.db)
  return rows
}

function at(nodes: readonly Node[], call: number): Node {
  const node = nodes[call % nodes.length]
  if (!node) throw new Error('there are no nodes')
  return node
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
