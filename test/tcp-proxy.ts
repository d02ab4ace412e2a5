import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A wire between a client and a server that can be cut, and that can lose what the server answers. */
export type TcpProxy = AsyncDisposable & {
  /** `url` with this proxy's address in it. */
  url: string
  /** Lets the server's answers vanish. */
  muteServer(): void
  /** Breaks every connection, and refuses new ones until `restore`. */
  cut(): void
  restore(): void
}

export async function tcpProxy(url: string): Promise<TcpProxy> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let muted = false
  let refusing = false
  const server = createServer((client) => {
    if (refusing) return client.destroy()
    const upstream = connect(Number(target.port), target.hostname)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    client.on('data', (bytes) => upstream.write(bytes))
    upstream.on('data', (bytes) => {
      if (!muted) client.write(bytes)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  const proxied = new URL(url)
  proxied.hostname = '127.0.0.1'
  proxied.port = String(address.port)
  const breakAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: proxied.href,
    muteServer() {
      muted = true
    },
    cut() {
      refusing = true
      breakAll()
    },
    restore() {
      refusing = false
      muted = false
    },
    async [Symbol.asyncDispose]() {
      breakAll()
      server.close()
    },
  }
}
