import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** The line to a database, as a test can cut it and mend it. */
export type DatabaseLine = AsyncDisposable & {
  /** The database, by way of this line. */
  url: string
  /** Breaks every connection and refuses new ones, until `mend`. */
  cut(): Promise<void>
  mend(): Promise<void>
}

export async function layLine(databaseUrl: string): Promise<DatabaseLine> {
  const far = new URL(databaseUrl)
  const ends = new Set<Socket>()
  const server = createServer((near) => {
    const beyond = connect(Number(far.port), far.hostname)
    for (const [end, other] of [
      [near, beyond],
      [beyond, near],
    ] as const) {
      ends.add(end)
      end.on('error', () => {})
      end.on('close', () => {
        ends.delete(end)
        other.destroy()
      })
      end.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = new URL(databaseUrl)
  url.port = String(port)

  async function cut(): Promise<void> {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const end of ends) end.destroy()
    await closed
  }

  return {
    url: url.href,
    cut,
    async mend() {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    [Symbol.asyncDispose]: cut,
  }
}
