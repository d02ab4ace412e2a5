import { type AddressInfo, createServer, type Socket } from 'node:net'

/** A provider made of bytes: what it received, and exactly what it answers, in exactly these pieces. */
export type RawUpstream = AsyncDisposable & {
  url: string
  /** Every request, head and body, as it arrived. */
  requests: string[]
  connections: number
  /** Connections that are open now. */
  open: number
  /** What happens on a connection once a whole request is there. */
  onRequest: (socket: Socket, request: string) => unknown
}

export async function startRawUpstream(): Promise<RawUpstream> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    upstream.connections++
    upstream.open++
    sockets.add(socket)
    let text = ''
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      upstream.open--
    })
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      for (let size = requestSize(text); size > 0; size = requestSize(text)) {
        const request = text.slice(0, size)
        text = text.slice(size)
        upstream.requests.push(request)
        upstream.onRequest(socket, request)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const upstream: RawUpstream = {
    // A listening TCP server has an address of this shape.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    connections: 0,
    open: 0,
    onRequest: (socket) => socket.end('HTTP/1.1 500 Nobody said what to answer\r\ncontent-length: 0\r\n\r\n'),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return upstream
}

function requestSize(text: string): number {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return 0
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0)
  return text.length >= end + 4 + length ? end + 4 + length : 0
}

export function bodyOf(request: string): string {
  return request.slice(request.indexOf('\r\n\r\n') + 4)
}
