import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { collectGarbage } from '../collect-garbage.ts'
import { type GatewayWorld, gatewayWorld } from '../gateway-world.ts'
import { until } from '../raw-peer.ts'
import { readBooks } from './books.ts'
import { type HangUp, hangUp, requestBytes } from './hang-up.ts'

const HANG_UPS = 200
const AT_ONCE = 10
/** Ten rounds that kept the bodies of their calls would need twice as much. */
const MOST_GROWTH_BYTES = 3 * 1024 * 1024
const PROMPT = 'x'.repeat(60_000)
/** The bodies that may be under way together have eight times this: those of one round, and little more. */
const MAX_BODY_BYTES = 80_000
const TEXT = 'A sentence that has ten words in all of it. '.repeat(10)

type Sizes = { head: number; whole: number }
type Kind = { model: string; stream: boolean; where(at: number, sizes: Sizes, user: string): HangUp }

/** Where callers hang up; `at` goes from 0 to 1. The last three never see the end of their answer. */
const KINDS: Kind[] = [
  { model: 'quick', stream: false, where: (at, { head }) => ({ afterSent: 1 + Math.floor(at * head) }) },
  {
    model: 'quick',
    stream: true,
    where: (at, { head, whole }) => ({ afterSent: Math.ceil(head + at * (whole - head)) }),
  },
  { model: 'fake-slow', stream: true, where: (_, { whole }) => ({ afterSent: whole }) },
  { model: 'quick', stream: false, where: (at) => ({ afterReceived: Math.ceil(at * 1_000) }) },
  { model: 'quick', stream: true, where: (at) => ({ afterReceived: Math.ceil(at * 20_000) }) },
  { model: 'fake-slow', stream: false, where: (_, __, user) => ({ when: untilAtProvider(user) }) },
  { model: 'fake-slow', stream: true, where: (at) => ({ afterReceived: Math.ceil(at * 1_000) }) },
  { model: 'fake-huge-stream', stream: true, where: (at) => ({ afterReceived: Math.ceil(at * 1_000_000) }) },
]
const NEVER_WHOLE = (HANG_UPS * 3) / KINDS.length

let world: GatewayWorld
let port: number
/** The ports that somebody is connected to us from. */
const connected = new Set<number>()

beforeAll(async () => {
  world = await gatewayWorld({ maxBodyBytes: MAX_BODY_BYTES })
  port = Number(new URL(world.url).port)
  subscribe('net.server.socket', onAccepted)
  for (const name of ['quick', 'fake-slow', 'fake-huge-stream']) await world.addModel(name)
  const scope = { type: 'team', id: world.ids.team }
  await world.make('budgetCreate', { body: { scope, name: 'all', period: 'total', limitUsd: '1000' } })
})

afterAll(async () => {
  unsubscribe('net.server.socket', onAccepted)
  await world[Symbol.asyncDispose]()
})

test(`${HANG_UPS} callers hang up anywhere: each call is aborted upstream and settled once, and nothing is left behind`, async () => {
  const keyOf = new Map<string, string>()
  const reached: string[] = []
  const memory: number[] = []
  let aborted = 0
  for (let index = 0; index < HANG_UPS; ) {
    world.fake.reset()
    world.fake.behave({ text: TEXT })
    const round = Array.from({ length: AT_ONCE }, () => index++)
    const ports = await Promise.all(round.map((index) => callAndHangUp(index, keyOf)))
    await until('every exchange with the provider ends', () => world.fake.active() === 0)
    await until('every call is settled', () => world.app.ledger.health().openCalls === 0)
    await until('every connection is closed', () => !ports.some((port) => connected.has(port)))
    reached.push(...world.fake.calls.map(({ body }) => JSON.parse(body.toString()).user))
    aborted += world.fake.aborted()
    memory.push(memoryUsed())
  }
  expect(aborted).toBeGreaterThanOrEqual(NEVER_WHOLE)
  expect(await liveCalls()).toBe(0)
  const halfway = Math.min(...memory.slice(memory.length / 4, memory.length / 2))
  await until('memory is as it was halfway', () => memoryUsed() < halfway + MOST_GROWTH_BYTES)
  await allAreServed()

  await until('everything is booked', () => world.app.ledger.health().backlogRows === 0)
  const { rows, windows } = await readBooks(world.app.db)
  expect(new Set(rows.map(({ requestId }) => requestId)).size).toBe(rows.length)
  const calls = Map.groupBy(rows.filter(isModelCall), ({ keyId }) => keyId)
  expect(new Set(reached).size).toBe(reached.length)
  for (const user of reached) expect(calls.get(keyOf.get(user) ?? '')).toHaveLength(1)

  await world.app.ledger.close(1_000)
  expect(await world.app.db.selectFrom('leases').selectAll().execute()).toEqual([])
  expect(windows.map(({ spent }) => spent)).toEqual(windows.map(({ charged }) => charged))
}, 60_000)

async function callAndHangUp(index: number, keyOf: Map<string, string>): Promise<number> {
  const user = `caller-${index}`
  const { id, secret } = await world.issueKey()
  keyOf.set(user, id)
  if (index % 3 === 0) await makeKnown(secret)
  const { model, stream, where } = KINDS[index % KINDS.length] as Kind
  const messages = [{ role: 'user', content: PROMPT }]
  const { request, headBytes } = requestBytes('/v1/chat/completions', secret, {
    user,
    model,
    stream,
    messages,
  })
  // The golden ratio spreads the points evenly, however many they are.
  const at = (index * 0.618_034) % 1
  return hangUp(port, request, where(at, { head: headBytes, whole: request.length }, user), index % 2 === 0)
}

/** As many whole calls at once as there is room for, on the gateway that has seen all the others go. */
async function allAreServed(): Promise<void> {
  const body = { model: 'quick', messages: [{ role: 'user', content: PROMPT }] }
  const answers = await Promise.all(
    Array.from({ length: AT_ONCE }, () => world.post('/v1/chat/completions', body)),
  )
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  await Promise.all(answers.map((answer) => answer.arrayBuffer()))
}

function untilAtProvider(user: string): () => Promise<void> {
  return () =>
    until('the provider has the call', () => world.fake.calls.some(({ body }) => body.includes(`"${user}"`)))
}

/** The next call with this key finds it in memory. */
function makeKnown(secret: string): Promise<number> {
  const request = `GET /v1/models HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer ${secret}\r\n\r\n`
  return hangUp(port, Buffer.from(request), { afterReceived: 1 }, false)
}

function isModelCall({ operation, attempt }: { operation: string; attempt: number }): boolean {
  return operation === 'chat.completions' && attempt > 0
}

function onAccepted(message: unknown): void {
  // What Node says on this channel.
  const { socket } = message as { socket: Socket }
  if (socket.localPort !== port) return
  const { remotePort = 0 } = socket
  connected.add(remotePort)
  socket.on('close', () => connected.delete(remotePort))
}

async function liveCalls(): Promise<number | undefined> {
  const metric = await world.app.metrics.registry.getSingleMetric('claviger_gateway_live_calls')?.get()
  return metric?.values[0]?.value
}

function memoryUsed(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
