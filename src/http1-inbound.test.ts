import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import {
  type InboundRequest,
  type InboundResponse,
  type ServeInbound,
  servePlainly,
} from './http1-inbound.ts'

type Listening = { port: number; plain: number; retire(): void } & AsyncDisposable

/** A server whose plain requests go to `serve`, and all others to `node:http`. */
async function listening(serve: ServeInbound, other: RequestListener = says('node')): Promise<Listening> {
  const server = createServer(other)
  const world = { port: 0, plain: 0, retire: () => connections.retire() }
  const connections = servePlainly(server, (request, response) => {
    world.plain++
    serve(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  world.port = (server.address() as AddressInfo).port
  return Object.assign(world, {
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      connections.cut()
      await Promise.all([closed, connections.ended()])
    },
  })
}

const says =
  (word: string): RequestListener =>
  (_, response) => {
    response.end(word)
  }

/** Answers with what it was sent. */
function echo(request: InboundRequest, response: InboundResponse): void {
  bodyOf(request).then((body) => {
    response.writeHead(200, [])
    response.end(body, 'latin1')
  })
}

function bodyOf(request: InboundRequest): Promise<string> {
  if (request.body) return Promise.resolve(request.body.text)
  return new Promise((resolve) => {
    let body = ''
    request.on('data', (bytes) => {
      body += bytes.toString('latin1')
    })
    request.on('end', () => resolve(body))
  })
}

function post(body: string, more = ''): string {
  return `POST /v1/echo HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.on('error', () => {})
  })
}

/** The next answer on a connection, by its content-length. */
function answer(socket: Socket): Promise<{ head: string; body: string }> {
  return new Promise((resolve, reject) => {
    let all = ''
    let wanted = Number.POSITIVE_INFINITY
    const onData = (bytes: Buffer) => {
      all += bytes.toString('latin1')
      // Looked for once: to look into a text makes one of all its pieces, and that is slow with megabytes.
      if (wanted === Number.POSITIVE_INFINITY) {
        const end = all.indexOf('\r\n\r\n')
        if (end < 0) return
        wanted = end + 4 + Number(/content-length: (\d+)/i.exec(all)?.[1])
      }
      if (all.length < wanted) return
      socket.off('data', onData)
      const end = all.indexOf('\r\n\r\n')
      resolve({ head: all.slice(0, end), body: all.slice(end + 4) })
    }
    socket.on('data', onData)
    socket.on('close', () => reject(new Error(`closed after ${JSON.stringify(all)}`)))
  })
}

test('a request may come in pieces, cut anywhere', async () => {
  await using server = await listening(echo)
  const wire = post('{"hello":"wörld"}')
  const socket = await open(server.port)
  socket.setNoDelay(true)
  for (let cut = 10; cut < wire.length; cut += 7) {
    const answered = answer(socket)
    socket.write(wire.slice(0, cut), 'latin1')
    await sleep(2)
    socket.write(wire.slice(cut), 'latin1')
    expect((await answered).body).toBe('{"hello":"wörld"}')
  }
  expect(server.plain).toBeGreaterThan(5)
  socket.destroy()
})

test('a large body arrives whole, also when nobody reads it at first', async () => {
  await using server = await listening((request, response) => {
    setTimeout(() => echo(request, response), 50)
  })
  const body = 'abcdefghij'.repeat(300_000)
  const socket = await open(server.port)
  socket.write(post(body), 'latin1')
  expect((await answer(socket)).body).toBe(body)
  socket.destroy()
})

test('who reads a large body at once never stops its connection', async () => {
  let stops = 0
  await using server = await listening((request, response) => {
    const socket = request.socket as Socket
    if (socket.isPaused()) stops++
    socket.on('pause', () => stops++)
    echo(request, response)
  })
  const body = 'abcdefghij'.repeat(50_000)
  const socket = await open(server.port)
  socket.write(post(body), 'latin1')
  expect((await answer(socket)).body).toBe(body)
  expect(stops).toBe(0)
  socket.destroy()
})

test('who reads after a refusal gets none of what others send', async () => {
  let refused: InboundRequest | null = null
  let late = ''
  await using server = await listening((request, response) => {
    refused?.on('data', (bytes) => {
      late += bytes.toString('latin1')
    })
    refused = request
    response.writeHead(401, [])
    response.end('no', 'latin1')
  })
  for (const body of ['mine', 'a secret of somebody else']) {
    const socket = await open(server.port)
    // Not all of it: what came is only lent.
    socket.write(post(body.padEnd(900)).slice(0, -100), 'latin1')
    expect((await answer(socket)).body).toBe('no')
    socket.destroy()
  }
  expect(late).toBe('')
})

test('both planes answer on one connection, in any order, and the gateway still answers there', async () => {
  await using server = await listening(echo)
  const socket = await open(server.port)
  const ask = (wire: string) => {
    const answered = answer(socket)
    socket.write(wire, 'latin1')
    return answered
  }
  expect((await ask(post('plain'))).body).toBe('plain')
  expect((await ask('GET /api HTTP/1.1\r\nhost: x\r\n\r\n')).body).toBe('node')
  expect((await ask(post('plain'))).body).toBe('node')
  expect(server.plain).toBe(1)
  socket.destroy()
})

test('what is pipelined behind an open request is never served, and the connection ends', async () => {
  await using server = await listening((_, response) => {
    setTimeout(() => {
      response.writeHead(200, [])
      response.end('once', 'latin1')
    }, 50)
  })
  const socket = await open(server.port)
  socket.write(post('a') + post('b'), 'latin1')
  const all = await text(socket)
  expect(all.match(/HTTP\/1\.1 200/g)).toHaveLength(1)
  expect(all).toContain('connection: close')
  expect(server.plain).toBe(1)
})

test('the rest of a body that was refused unread is never taken for a request', async () => {
  await using server = await listening((_, response) => {
    response.shouldKeepAlive = false
    response.writeHead(401, [])
    response.end('no', 'latin1')
  })
  const inner = post('evil')
  const socket = await open(server.port)
  socket.write(post('x'.repeat(1000) + inner).slice(0, 200), 'latin1')
  await sleep(20)
  socket.write(inner, 'latin1')
  expect((await text(socket)).match(/HTTP\/1\.1/g)).toHaveLength(1)
  expect(server.plain).toBe(1)
})

test('an answer without a length is sent in chunks, or with its length when it is all there', async () => {
  await using server = await listening((request, response) => {
    response.writeHead(200, ['content-type', 'text/plain'])
    if (request.url === '/v1/chunks') {
      response.write('one ', 'latin1')
      response.write('€', 'utf8')
    }
    response.end(' end', 'latin1')
  })
  const answers = await Promise.all(
    ['/v1/chunks', '/v1/whole'].map(async (path) => {
      const socket = await open(server.port)
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
      return text(socket)
    }),
  )
  expect(answers[0]).toMatch(
    /transfer-encoding: chunked\r\n[\s\S]*\r\n\r\n4\r\none \r\n3\r\n€\r\n4\r\n end\r\n0\r\n\r\n$/,
  )
  expect(answers[1]).toMatch(/content-length: 4\r\n[\s\S]*\r\n\r\n end$/)
  expect(answers[1]).not.toContain('transfer-encoding')
})

test('a reader that is slow holds the answer back, and its end is heard once everything has left', async () => {
  const events: string[] = []
  await using server = await listening((_, response) => {
    response.on('close', () => events.push('close'))
    response.once('drain', () => {
      events.push('drain')
      response.end('z'.repeat(10_000_000), 'latin1')
      events.push(response.destroyed ? 'gone' : 'leaving')
    })
    response.writeHead(200, ['content-length', '20000000'])
    events.push(response.write('a'.repeat(10_000_000), 'latin1') ? 'flows' : 'held')
  })
  const socket = await open(server.port)
  socket.pause()
  socket.write('GET /v1/x HTTP/1.1\r\nhost: x\r\n\r\n')
  await sleep(100)
  expect(events).toEqual(['held'])
  const answered = answer(socket)
  socket.resume()
  expect((await answered).body).toHaveLength(20_000_000)
  await expect.poll(() => events).toEqual(['held', 'drain', 'leaving', 'close'])
  socket.destroy()
})

test.each(['', 'connection: close\r\n'])('a slow reader gets all of an answer (%j)', async (option) => {
  await using server = await listening((_, response) => {
    response.writeHead(200, ['content-length', '20000000'])
    response.end('z'.repeat(20_000_000), 'latin1')
  })
  const socket = await open(server.port)
  socket.pause()
  socket.write(`GET /v1/x HTTP/1.1\r\nhost: x\r\n${option}\r\n`)
  await sleep(50)
  const answered = answer(socket)
  socket.resume()
  expect((await answered).body).toHaveLength(20_000_000)
  socket.destroy()
})

test.each([
  ['the server closes', (server: Listening, _: Socket) => server.retire()],
  ['the caller sends no more', (_: Listening, socket: Socket) => void socket.end()],
])('an answer that is complete still leaves when %s', async (_, happens) => {
  await using server = await listening((_, response) => {
    response.writeHead(200, ['content-length', '20000000'])
    response.end('z'.repeat(20_000_000), 'latin1')
  })
  const socket = await open(server.port)
  socket.pause()
  socket.write('GET /v1/x HTTP/1.1\r\nhost: x\r\n\r\n')
  await sleep(50)
  happens(server, socket)
  await sleep(50)
  const answered = answer(socket)
  socket.resume()
  expect((await answered).body).toHaveLength(20_000_000)
})

test('who never reads is not served without end', async () => {
  await using server = await listening((_, response) => {
    response.writeHead(200, [])
    response.end('z'.repeat(20_000), 'latin1')
  })
  const socket = await open(server.port)
  socket.pause()
  for (let sent = 0; sent < 1_000; sent++) {
    socket.write('GET /v1/x HTTP/1.1\r\nhost: x\r\n\r\n')
    await sleep(1)
  }
  expect(server.plain).toBeLessThan(900)
  socket.destroy()
})

test('a caller who hangs up is heard, before, during and after the answer, once', async () => {
  let closes = 0
  await using server = await listening((request, response) => {
    response.on('close', () => closes++)
    if (request.url === '/v1/silent') return
    response.writeHead(200, [])
    response.write('x'.repeat(30_000_000), 'latin1')
    if (request.url === '/v1/ended') response.end('', 'latin1')
  })
  for (const path of ['/v1/silent', '/v1/open', '/v1/ended']) {
    closes = 0
    const socket = await open(server.port)
    socket.pause()
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)
    await sleep(50)
    expect(closes, path).toBe(0)
    socket.destroy()
    await expect.poll(() => `${path} ${closes}`).toBe(`${path} 1`)
  }
})
