import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export type ReceivedPost = { path: string; headers: IncomingHttpHeaders; body: string }

export type WebhookSink = AsyncDisposable & {
  url: string
  posts: ReceivedPost[]
  /** What it answers: a status, and headers that a hostile one would send. And when: at once, if nothing is said. */
  answer: { status: number; headers?: Record<string, string>; body?: string; when?: Promise<void> }
}

/** A receiver of webhooks on loopback that keeps what it gets. */
export async function webhookSink(): Promise<WebhookSink> {
  const posts: ReceivedPost[] = []
  const server = createServer(async (request, response) => {
    posts.push({ path: request.url ?? '', headers: request.headers, body: await text(request) })
    const { status, headers = {}, body = '', when } = sink.answer
    await when
    response.writeHead(status, headers).end(body)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  // A listening TCP server has an address of this shape.
  const { port } = server.address() as AddressInfo
  const sink: WebhookSink = {
    url: `http://127.0.0.1:${port}/hook?x=1`,
    posts,
    answer: { status: 204 },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return sink
}
