import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Lets a connection have one request at a time. What is pipelined behind one that is not answered yet, or whose
 * answer was the last on the connection, is not served: that answer ends the connection (RFC 9112, 9.3.2 and 9.6).
 * So nothing is done, or charged for, whose answer would never arrive.
 */
export function oneAtATime(serve: RequestListener): RequestListener {
  const latest = new WeakMap<Socket, ServerResponse | null>()
  return (request, response) => {
    const { socket } = request
    const before = latest.get(socket)
    if (before && !leavesRoom(before)) return endAfter(before, request)
    latest.set(socket, response)
    // A connection that idles must not keep all that belonged to its last request.
    response.on('close', () => {
      if (latest.get(socket) === response && leavesRoom(response)) latest.set(socket, null)
    })
    serve(request, response)
  }
}

function leavesRoom(response: ServerResponse): boolean {
  return response.writableEnded && response.shouldKeepAlive
}

function endAfter(before: ServerResponse, { socket }: IncomingMessage): void {
  before.shouldKeepAlive = false
  if (before.headersSent) before.once('finish', () => socket.destroySoon())
}
