import { connect } from 'node:net'

/** Where a caller hangs up: so many bytes into the request, or into the answer, or when told to. */
export type HangUp = { afterSent: number } | { afterReceived: number } | { when: () => Promise<unknown> }

/**
 * Sends `request` on a connection of its own and hangs up where it is told, with a reset or in good order.
 * Answers the port it called from.
 */
export function hangUp(port: number, request: Buffer, where: HangUp, reset: boolean): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const leave = () => (reset ? socket.resetAndDestroy() : socket.destroy())
    let received = 0
    let from = 0
    socket.on('connect', () => {
      from = socket.localPort ?? 0
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(from))
    socket.on('data', (bytes) => {
      received += bytes.length
      if ('afterReceived' in where && received >= where.afterReceived) leave()
    })
    if ('afterSent' in where) socket.write(request.subarray(0, where.afterSent), leave)
    else socket.write(request)
    if ('when' in where) where.when().then(leave)
  })
}

/** A request to a model as bytes, head and body. */
export function requestBytes(
  path: string,
  secret: string,
  body: object,
): { request: Buffer; headBytes: number } {
  const text = JSON.stringify(body)
  const lines = ['host: gateway', `authorization: Bearer ${secret}`, 'content-type: application/json']
  const head = `POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\ncontent-length: ${text.length}\r\n\r\n`
  return { request: Buffer.from(head + text), headBytes: head.length }
}
