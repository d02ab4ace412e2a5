import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createEgress } from './egress.ts'
import { outboundFetch } from './outbound-fetch.ts'

/** A server on this machine, and a `fetch` that may reach it. */
async function world(listener: RequestListener, bounds: { maxBytes?: number; timeoutMs?: number } = {}) {
  const cleanup = new AsyncDisposableStack()
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  cleanup.defer(() => void server.closeAllConnections())
  cleanup.defer(() => void server.close())
  const egress = createEgress({ privateUpstreams: ['127.0.0.0/8'] })
  cleanup.defer(() => egress.close())
  // A listening TCP server has an address of this shape.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, fetch: outboundFetch(egress, bounds), [Symbol.asyncDispose]: () => cleanup.disposeAsync() }
}

test('asks, with a body and headers, and gives the whole answer', async () => {
  await using there = await world((request, response) => {
    response.writeHead(201, { 'x-seen': `${request.method} ${request.url} ${request.headers['x-mine']}` })
    request.pipe(response)
  })
  const headers = { 'x-mine': 'yes', 'content-type': 'text/plain' }
  const answer = await there.fetch(`${there.url}/a?b=1`, { method: 'POST', headers, body: 'Größe' })
  expect([answer.status, answer.headers.get('x-seen')]).toEqual([201, 'POST /a?b=1 yes'])
  expect(await answer.text()).toBe('Größe')
})

test('follows no redirect', async () => {
  await using there = await world((_, response) => response.writeHead(302, { location: '/other' }).end())
  expect((await there.fetch(there.url)).status).toBe(302)
})

test('does not wait for ever, nor take more than it was told to', async () => {
  await using slow = await world(() => {}, { timeoutMs: 100 })
  await expect(slow.fetch(slow.url)).rejects.toMatchObject({ name: 'TimeoutError' })
  await using long = await world((_, response) => response.end('x'.repeat(5000)), { maxBytes: 1000 })
  await expect(long.fetch(long.url)).rejects.toThrow('more than 1000 bytes')
})

test('asks nobody else without TLS, and no private address that was not allowed', async () => {
  const egress = createEgress({ privateUpstreams: [] })
  const outside = outboundFetch(egress, {})
  await expect(outside('http://example.com')).rejects.toThrow('without TLS')
  await expect(outside('http://127.0.0.1:9')).rejects.toThrow('not a public address')
  await expect(outside('https://169.254.169.254/latest')).rejects.toThrow('not a public address')
  await expect(outside('https://example.com', { method: 'DELETE' })).rejects.toThrow('DELETE')
  egress.close()
})
