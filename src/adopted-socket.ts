import { Socket, type SocketConstructorOpts } from 'node:net'

/** Bytes are read into here and consumed before the next read: no allocation per read, whatever the connection. */
const INCOMING = Buffer.allocUnsafeSlow(128 * 1024)

/**
 * Takes over a connection that a server has accepted, so that what comes in is read into one buffer for all of them.
 * The bytes are only lent to `onRead`. Node offers this (`onread`) for sockets that one makes, and not for accepted
 * ones, so the connection moves from the one to the other; what was `accepted` is an empty shell afterwards.
 */
export function adopt(accepted: Socket, onRead: (bytes: Buffer) => void): Socket {
  // The cast holds for the Node that is pinned in package.json: the name is not documented.
  const shell = accepted as unknown as { _handle: SocketConstructorOpts['handle'] }
  const handle = shell._handle
  shell._handle = undefined
  accepted.destroy()
  return new Socket({
    ...(handle && { handle }),
    allowHalfOpen: true,
    onread: {
      buffer: INCOMING,
      callback(size) {
        onRead(INCOMING.subarray(0, size))
        return true
      },
    },
  })
}
