import { lookup } from 'node:dns'
import { createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { post, type RawPeer, rawPeer, until } from '../test/raw-peer.ts'
import { ConnectionPool } from './http1-pool.ts'

const HELLO = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
const WHOLE = ['head 200', 'data', 'end']

function poolTo({ port }: { port: number }): ConnectionPool & Disposable {
  const pool = new ConnectionPool({ host: '127.0.0.1', port, secure: false, forbidden: null, lookup })
  return Object.assign(pool, { [Symbol.dispose]: () => pool.close() })
}

function passSeconds(pool: ConnectionPool, seconds: number): void {
  for (let i = 0; i < seconds; i++) pool.sweep()
}

async function settled(peer: RawPeer): Promise<void> {
  await until('every connection is closed', () => peer.open.size === 0)
}

describe('connections are used again', () => {
  test('one after the other on the same one', async () => {
    await using peer = await rawPeer((socket) => socket.write(HELLO))
    using pool = poolTo(peer)
    for (let i = 0; i < 20; i++) {
      const heard = post(pool)
      await heard.finished
      expect(heard).toMatchObject({ events: WHOLE, body: 'hello' })
    }
    expect(peer.opened).toBe(1)
  })

  test('the one that was used last is taken first, so the others can grow old', async () => {
    const used: number[] = []
    const waiting: Socket[] = []
    await using peer = await rawPeer((socket, _, connection) => {
      used.push(connection)
      if (waiting.push(socket) > 3) socket.write(HELLO)
    })
    using pool = poolTo(peer)
    const three = [post(pool), post(pool), post(pool)]
    await until('three requests are there', () => waiting.length === 3)
    const last = used[1] as number
    for (const connection of [0, 2, 1]) {
      waiting[connection]?.write(HELLO)
      await pause(20)
    }
    await Promise.all(three.map(({ finished }) => finished))
    for (let i = 0; i < 3; i++) await post(pool).finished
    expect(used.slice(3)).toEqual([last, last, last])
    expect(peer.opened).toBe(3)
  })

  test('also when the handler paused on the last bytes of an answer', async () => {
    await using peer = await rawPeer((socket) => socket.write(HELLO))
    using pool = poolTo(peer)
    await post(pool, '{}', (exchange) => exchange.pause()).finished
    const second = post(pool)
    await until('the second answer is there', () => second.body === 'hello')
    expect(peer.opened).toBe(1)
  })

  test('not after 3 idle seconds without TLS, nor 10 minutes after they were opened', async () => {
    await using peer = await rawPeer((socket) => socket.write(HELLO))
    using pool = poolTo(peer)
    await post(pool).finished
    passSeconds(pool, 3)
    expect(peer.open.size).toBe(1)
    passSeconds(pool, 1)
    await settled(peer)
    for (let age = 0; age <= 600; age += 3) {
      await post(pool).finished
      expect(peer.opened).toBe(2)
      passSeconds(pool, 3)
    }
    await post(pool).finished
    expect(peer.opened).toBe(3)
  })
})

describe('a connection is never used again', () => {
  const answers: [name: string, wire: string, events: string[]][] = [
    ['both lengths', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello', ['error protocol']],
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!', ['error protocol']],
    ['an unknown encoding', 'Transfer-Encoding: xchunked\r\n\r\nhello', ['error protocol']],
    ['a folded header', 'X: a\r\n b\r\nContent-Length: 0\r\n\r\n', ['error protocol']],
    ['a huge chunk', 'Transfer-Encoding: chunked\r\n\r\n100000000\r\n', ['head 200', 'error protocol']],
    ['a second answer behind it', `Content-Length: 5\r\n\r\nhello${HELLO}`, WHOLE],
    ['a body after none', `Content-Length: 0\r\n\r\n${HELLO}`, ['head 200', 'end']],
    ['a last word', 'Connection: close\r\nContent-Length: 5\r\n\r\nhello', WHOLE],
  ]
  test.each(answers)('after an answer with %s', async (_, wire, events) => {
    await using peer = await rawPeer((socket, _, connection) => {
      socket.write(connection === 0 ? `HTTP/1.1 200 OK\r\n${wire}` : HELLO)
    })
    using pool = poolTo(peer)
    const first = post(pool)
    await first.finished
    expect(first.events).toEqual(events)
    const second = post(pool)
    await second.finished
    expect(second).toMatchObject({ events: WHOLE, body: 'hello' })
    expect(peer.opened).toBe(2)
  })

  test('on which the peer spoke while nothing was asked', async () => {
    await using peer = await rawPeer((socket, _, connection) => {
      socket.write(HELLO)
      if (connection === 0)
        setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfake'), 20)
    })
    using pool = poolTo(peer)
    await post(pool).finished
    await settled(peer)
    const second = post(pool)
    await second.finished
    expect(second.body).toBe('hello')
    expect(peer.opened).toBe(2)
  })

  test('on which the answer came before all of the request had left', async () => {
    const hasty = createServer((socket) => {
      socket.pause()
      socket.write(HELLO)
    })
    await using peer = await rawPeer(() => {}, hasty)
    using pool = poolTo(peer)
    const heard = post(pool, 'x'.repeat(30_000_000))
    await heard.finished
    expect(heard).toMatchObject({ events: WHOLE, body: 'hello' })
    for (const socket of peer.open) socket.resume()
    await settled(peer)
    expect(peer.requests).toEqual([])
  })
})

describe('a request is never sent twice', () => {
  /** Answers the first request of a connection; `then` decides about its second. */
  const peerThat = (then: (socket: Socket) => void) =>
    rawPeer((socket) => {
      const first = served.get(socket) === undefined
      served.set(socket, true)
      if (first) socket.write(HELLO)
      else then(socket)
    })
  const served = new WeakMap<Socket, boolean>()

  test.each([
    ['ends a connection that was used before', (socket: Socket) => socket.end()],
    ['resets it', (socket: Socket) => socket.resetAndDestroy()],
    ['ends it after the first letter', (socket: Socket) => socket.end('H')],
    ['ends it after an interim answer', (socket: Socket) => socket.end('HTTP/1.1 100 Continue\r\n\r\n')],
    ['ends it after a head', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n')],
  ])('when its peer %s: it may have had it, and charge for it', async (_, close) => {
    await using peer = await peerThat(close)
    using pool = poolTo(peer)
    await post(pool).finished
    const second = post(pool)
    await second.finished
    expect(second.events.at(-1)).toBe('error reset')
    expect(peer.requests.length).toBe(2)
  })

  test('when its peer ends a fresh connection', async () => {
    await using peer = await rawPeer((socket) => socket.end())
    using pool = poolTo(peer)
    const heard = post(pool)
    await heard.finished
    expect(heard.events).toEqual(['error reset'])
    expect(peer.requests.length).toBe(1)
  })
})

describe('an answer that breaks off is an error, never an end', () => {
  const bodies: [name: string, framing: string][] = [
    ['of known length', 'Content-Length: 10\r\n\r\nhello'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
    ['until the close', '\r\nhello'],
  ]
  test.each(bodies)('%s, by a reset', async (_, framing) => {
    await using peer = await rawPeer((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${framing}`)
      setTimeout(() => socket.resetAndDestroy(), 20)
    })
    using pool = poolTo(peer)
    const heard = post(pool)
    await heard.finished
    expect(heard.events).toEqual(['head 200', 'data', 'error reset'])
    await settled(peer)
  })

  test.each(bodies)('%s, by our own shutdown', async (_, framing) => {
    await using peer = await rawPeer((socket) => socket.write(`HTTP/1.1 200 OK\r\n${framing}`))
    const pool = poolTo(peer)
    const heard = post(pool)
    await until('the body began', () => heard.body === 'hello')
    pool.close()
    await heard.finished
    expect(heard.events).toEqual(['head 200', 'data', 'error reset'])
    await settled(peer)
  })
})

test('nothing is sent, and no connection opened, after the shutdown', async () => {
  await using peer = await rawPeer((socket) => {
    if (peer.requests.length === 1) socket.write(HELLO)
  })
  const pool = poolTo(peer)
  await post(pool).finished
  const underWay = post(pool)
  await until('the second request is there', () => peer.requests.length === 2)
  pool.close()
  const late = post(pool)
  await Promise.all([underWay.finished, late.finished])
  expect(underWay.events).toEqual(['error reset'])
  expect(late.events).toEqual(['error busy'])
  await settled(peer)
  expect(peer.opened).toBe(1)
})

describe('time runs out', () => {
  test('after 10 seconds without a connection', async () => {
    // A lookup that never answers stands for a peer that never does: loopback always does.
    const peer = { host: 'silent.test', port: 1, secure: false, forbidden: null, lookup: () => {} }
    const pool = new ConnectionPool(peer)
    const heard = post(pool)
    passSeconds(pool, 10)
    expect(heard.events).toEqual([])
    passSeconds(pool, 1)
    expect(heard.events).toEqual(['error connect'])
  })

  test('after 300 seconds without a whole head', async () => {
    await using peer = await rawPeer((socket) =>
      socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n'),
    )
    using pool = poolTo(peer)
    const heard = post(pool)
    await until('the request is there', () => peer.requests.length === 1)
    await pause(50)
    passSeconds(pool, 300)
    expect(heard.events).toEqual([])
    passSeconds(pool, 1)
    expect(heard.events).toEqual(['error timeout'])
    await settled(peer)
  })

  test('after 120 seconds of silence in a body, but not while we hold it back ourselves', async () => {
    await using peer = await rawPeer((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello'),
    )
    using pool = poolTo(peer)
    const heard = post(pool)
    await until('the body began', () => heard.body === 'hello')
    heard.exchange.pause()
    passSeconds(pool, 1000)
    expect(heard.events).toEqual(['head 200', 'data'])
    heard.exchange.resume()
    passSeconds(pool, 120)
    expect(heard.events).toEqual(['head 200', 'data'])
    passSeconds(pool, 1)
    expect(heard.events).toEqual(['head 200', 'data', 'error timeout'])
    await settled(peer)
  })
})

test('a paused answer holds back an endless sender, and goes on when resumed', async () => {
  let sent = 0
  const block = Buffer.alloc(64 * 1024)
  await using peer = await rawPeer((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    const more = () => {
      do sent += block.length
      while (socket.write(block))
    }
    socket.on('drain', more)
    more()
  })
  using pool = poolTo(peer)
  let received = 0
  let pauseAt = 1_000_000
  const heard = post(pool, '{}', (exchange, bytes) => {
    received += bytes.length
    if (received >= pauseAt) exchange.pause()
  })
  await until('it is paused', () => received >= pauseAt)
  await pause(100)
  const held = { sent, received }
  const memory = process.memoryUsage().rss
  await pause(300)
  expect({ sent, received }).toEqual(held)
  expect(held.received).toBeLessThan(pauseAt + 256 * 1024)
  // What is under way is in the kernel's buffers.
  expect(held.sent - held.received).toBeLessThan(16_000_000)
  expect(process.memoryUsage().rss - memory).toBeLessThan(8_000_000)
  pauseAt = 200_000_000
  heard.exchange.resume()
  await until('it goes on', () => received >= pauseAt)
  expect(process.memoryUsage().rss - memory).toBeLessThan(64_000_000)
  heard.exchange.abort()
  await settled(peer)
})

describe('an exchange that is given up', () => {
  test.each([
    ['before it is connected', 0],
    ['before the answer', 1],
    ['in the answer', 2],
  ])('%s closes its connection and says nothing more', async (_, stage) => {
    await using peer = await rawPeer((socket) => {
      if (stage < 2) return
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello')
    })
    using pool = poolTo(peer)
    const heard = post(pool)
    if (stage === 1) await until('the request is there', () => peer.requests.length === 1)
    if (stage === 2) await until('the body began', () => heard.body === 'hello')
    const before = [...heard.events]
    heard.exchange.abort()
    await settled(peer)
    passSeconds(pool, 1000)
    expect(heard.events).toEqual(before)
  })

  test('by its handler takes none of the bytes that are there already', async () => {
    const bytes = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n'
    await using peer = await rawPeer((socket) => socket.write(bytes))
    using pool = poolTo(peer)
    let heard = ''
    const { events } = post(pool, '{}', (exchange, bytes) => {
      heard += bytes.toString()
      exchange.abort()
    })
    await until('the answer began', () => heard !== '')
    await settled(peer)
    expect({ heard, events }).toEqual({ heard: 'a', events: ['head 200'] })
  })

  test('a thousand times, at any moment, leaves no connection', async () => {
    await using peer = await rawPeer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      const timer = setInterval(() => socket.write('5\r\nhello\r\n'), 1)
      socket.on('close', () => clearInterval(timer))
    })
    using pool = poolTo(peer)
    let aborted = 0
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { minLength: 50, maxLength: 50 }), async (delays) => {
        await Promise.all(
          delays.map(async (delay) => {
            const { exchange, events } = post(pool)
            if (delay > 0) await pause(delay)
            exchange.abort()
            aborted++
            expect(events).not.toContain('error reset')
          }),
        )
      }),
      { numRuns: 20 },
    )
    expect(aborted).toBe(1000)
    await settled(peer)
  })
})
