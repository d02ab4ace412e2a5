import { IncomingMessage } from 'node:http'

/**
 * A request of which the server reads only the few headers that Node itself asks for, when it is for the gateway: the
 * object of all headers, which nobody looks at there, costs as much as everything the gateway does in its place.
 */
export class GatewayRequest extends IncomingMessage {}

const all = Object.getOwnPropertyDescriptor(IncomingMessage.prototype, 'headers')

Object.defineProperty(GatewayRequest.prototype, 'headers', {
  get(this: GatewayRequest) {
    return this.url?.startsWith('/v1/') ? headersForNode(this.rawHeaders) : all?.get?.call(this)
  },
  set(this: GatewayRequest, headers: object) {
    all?.set?.call(this, headers)
  },
})

/** What `node:http` looks at before it hands a request over. The gateway itself reads `rawHeaders`. */
function headersForNode(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    const { length } = name
    if (length !== 4 && length !== 6 && length !== 2) continue
    const lower = name.toLowerCase()
    if (lower === 'host' || lower === 'expect' || lower === 'te') headers[lower] = raw[i + 1] as string
  }
  return headers
}
