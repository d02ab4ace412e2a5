import { EventEmitter } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { type GatewayWorld, gatewayWorld } from '../../test/gateway-world.ts'
import type { InboundRequest, InboundResponse } from '../http1-inbound.ts'
import { BodyReader } from './body-reader.ts'

const CHAT = '/v1/chat/completions'
const BODY_BYTES = 500_000

/** A call whose body lacks its last byte, once the rest has left. `answer` has what came back. */
async function unfinishedCall(world: GatewayWorld): Promise<{ socket: Socket; answer: string }> {
  const socket = connect(Number(new URL(world.url).port), '127.0.0.1')
  const call = { socket, answer: '' }
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    call.answer += chunk
  })
  const head = [
    `POST ${CHAT} HTTP/1.1`,
    'host: x',
    `authorization: Bearer ${world.key.secret}`,
    'content-type: application/json',
    `content-length: ${BODY_BYTES}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  await new Promise((resolve) => socket.write(Buffer.alloc(BODY_BYTES - 1, ' '), resolve))
  return call
}

test('large bodies that do not end take the room of other large ones, and never that of small ones', async () => {
  await using world = await gatewayWorld({ maxBodyBytes: BODY_BYTES })
  await world.addModel('tiny')
  const calls: Awaited<ReturnType<typeof unfinishedCall>>[] = []
  for (let i = 0; i < 9; i++) calls.push(await unfinishedCall(world))
  await expect.poll(() => calls.some(({ answer }) => answer.includes('Too many large requests'))).toBe(true)
  const small = { model: 'tiny', messages: [{ role: 'user', content: 'Hello' }], max_tokens: 5 }
  expect((await world.post(CHAT, small)).status).toBe(200)
  for (const { socket } of calls) socket.destroy()
})

test('a large body that arrived whole takes room as well, until its response is closed', () => {
  const reader = new BodyReader(100_000, 150_000)
  const whole = (bytes: number, destroyed = false) => {
    const body = { text: 'x'.repeat(bytes), ascii: true, controls: false }
    // Of a response it only wants to know when that is closed, and of a request that is there nothing else.
    const response = Object.assign(new EventEmitter(), { destroyed }) as unknown as InboundResponse &
      EventEmitter
    return { read: () => reader.read({ body } as InboundRequest, response, bytes), response, body }
  }
  const [first, second, small] = [whole(90_000), whole(90_000), whole(60_000)]
  const gone = whole(90_000, true)
  expect(gone.read()).toBe(gone.body)
  expect(first.read()).toBe(first.body)
  expect(second.read).toThrow('Too many large requests')
  expect(small.read()).toBe(small.body)
  first.response.emit('close')
  expect(second.read()).toBe(second.body)
})
