import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A wire between a client and a server that can be cut, that can stall, and that can lose what the server answers. */
export type TcpProxy = AsyncDisposable & {
  /** `url` with this proxy's address in it. */
  url: string
  /** Lets the server's answers vanish. */
  muteServer(): void
  /** Holds back every byte, in both directions, until `restore`. */
  stall(): void
  /** Breaks every connection, and refuses new ones until `restore`. */
  cut(): void
  restore(): void
  /** New connections go to where this URL says: the server has moved. */
  lead(url: string): void
}

export async function tcpProxy(url: string): Promise<TcpProxy> {
  let target = new URL(url)
  const sockets = new Set<Socket>()
  let state: 'works' | 'mutes the server' | 'stalls' | 'is cut' = 'works'
  const server = createServer((client) => {
    if (state === 'is cut') return client.destroy()
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
      socket.on('data', (bytes) => {
        if (state === 'mutes the server' && socket === upstream) return
        other.write(bytes)
      })
      if (state === 'stalls') socket.pause()
    }
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
      state = 'mutes the server'
    },
    stall() {
      state = 'stalls'
      for (const socket of sockets) socket.pause()
    },
    cut() {
      state = 'is cut'
      breakAll()
    },
    restore() {
      state = 'works'
      for (const socket of sockets) socket.resume()
    },
    lead(to) {
      target = new URL(to)
    },
    async [Symbol.asyncDispose]() {
      breakAll()
      server.close()
    },
  }
}
