import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { type TestApp, testApp } from '../test/app.ts'
import { createHealth } from './health.ts'
import { type Halves, type HttpServers, startHttpServers } from './http-server.ts'
import type { ServeInbound } from './http1-inbound.ts'

const says =
  (word: string): ServeInbound =>
  (_, response) => {
    response.writeHead(200, ['content-length', String(word.length)])
    response.end(word, 'latin1')
  }

async function servers(app: TestApp, halves: Partial<Halves> = {}): Promise<HttpServers & AsyncDisposable> {
  const started = await startHttpServers(app, {
    gateway: says('gateway'),
    controlPlane: says('control plane'),
    health: createHealth(app),
    ...halves,
  })
  return { ...started, [Symbol.asyncDispose]: () => started.close(0) }
}

async function get(port: number, path: string): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}${path}`)).text()
}

/** Sends `request` as it is, and returns everything that comes back until the server closes. */
async function raw(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end(request)
  return text(socket)
}

test.each([
  ['/v1/chat/completions', 'gateway'],
  ['/v1', 'gateway'],
  ['/v1?x=1', 'gateway'],
  ['/v10/models', 'control plane'],
  ['/api/v1/teams', 'control plane'],
  ['/', 'control plane'],
  ['/livez', 'alive\n'],
])('on one port %s goes to the %s', async (path, half) => {
  await using app = await testApp()
  await using started = await servers(app)
  expect(started.ports.gateway).toBe(started.ports.controlPlane)
  expect(await get(started.ports.gateway, path)).toBe(half)
})

test('with a port of its own the gateway answers there only, and health on both', async () => {
  await using app = await testApp({ gatewayPort: 0 })
  await using started = await servers(app)
  const { gateway, controlPlane } = started.ports
  expect(gateway).not.toBe(controlPlane)
  expect(await get(gateway, '/v1/models')).toBe('gateway')
  expect(await get(gateway, '/api/v1/teams')).toBe('The control plane does not answer on this port.\n')
  expect(await get(controlPlane, '/api/v1/teams')).toBe('control plane')
  expect(await get(controlPlane, '/v1/models')).toBe('The gateway does not answer on this port.\n')
  expect(await get(gateway, '/readyz')).toBe('ready\n')
  expect(await get(controlPlane, '/readyz')).toBe('ready\n')
})

test.each([
  ['an absolute-form target', 'GET http://evil.example/v1/models HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['no Host', 'GET /v1/models HTTP/1.1\r\n\r\n'],
  [
    'both lengths',
    'POST /v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['two lengths', 'POST /v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['a bare line feed in a header', 'GET /v1/models HTTP/1.1\r\nHost: x\r\nX: a\nY: b\r\n\r\n'],
  ['a blank before the colon', 'GET /v1/models HTTP/1.1\r\nHost : x\r\n\r\n'],
])('%s is answered 400 and the connection closed', async (_, request) => {
  await using app = await testApp()
  await using started = await servers(app)
  const answer = await raw(started.ports.gateway, request)
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  expect(answer).not.toContain('gateway\n')
})

test('headers beyond 16 KiB are refused', async () => {
  await using app = await testApp()
  await using started = await servers(app)
  const request = `GET /v1/models HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(17_000)}\r\n\r\n`
  expect(await raw(started.ports.gateway, request)).toMatch(/^HTTP\/1\.1 431 /)
})

test('closing waits for what is under way, and takes nothing new', async () => {
  await using app = await testApp()
  let finish = () => {}
  const slow: ServeInbound = (_, response) => {
    response.writeHead(200, [])
    response.write('first ', 'latin1')
    finish = () => response.end('last', 'latin1')
  }
  await using started = await servers(app, { gateway: slow })
  const url = `http://127.0.0.1:${started.ports.gateway}/v1/slow`
  const answer = await fetch(url)
  const closed = started.close(10_000)
  await expect
    .poll(() =>
      fetch(url).then(
        () => 'taken',
        () => 'refused',
      ),
    )
    .toBe('refused')
  finish()
  expect(await answer.text()).toBe('first last')
  await closed
})

test('closing cuts off what does not end in time', async () => {
  await using app = await testApp()
  const endless: ServeInbound = (_, response) => {
    response.writeHead(200, [])
    response.write('and so on', 'latin1')
  }
  await using started = await servers(app, { gateway: endless })
  const answer = await fetch(`http://127.0.0.1:${started.ports.gateway}/v1/endless`)
  const began = performance.now()
  await started.close(200)
  expect(performance.now() - began).toBeLessThan(2_000)
  await expect(answer.text()).rejects.toThrow()
})
