import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Certificate } from './certificate.ts'

export type SyslogSink = AsyncDisposable & {
  url: string
  /** Whole messages, as their counted bytes say. */
  messages(): string[]
}

/** A syslog server on loopback that keeps what it gets (RFC 6587, octet counting); over TLS with a certificate (RFC 5425). */
export async function syslogSink(certificate?: Certificate): Promise<SyslogSink> {
  let received = Buffer.alloc(0)
  const sockets = new Set<Socket>()
  const take = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
    })
  }
  const server = certificate
    ? createTlsServer({ key: certificate.keyPem, cert: certificate.certPem }, take)
    : createServer(take)
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  // A listening TCP server has an address of this shape.
  const { port } = server.address() as AddressInfo
  return {
    url: certificate ? `tls://localhost:${port}` : `tcp://127.0.0.1:${port}`,
    messages: () => framesOf(received),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function framesOf(bytes: Buffer): string[] {
  const frames: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(' ', at)
    const length = Number(bytes.toString('utf8', at, space))
    frames.push(bytes.toString('utf8', space + 1, space + 1 + length))
    at = space + 1 + length
  }
  return frames
}
