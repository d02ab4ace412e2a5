import type { Egress } from '../egress.ts'

/** Facility 13 (log audit), severity 6 (informational): RFC 5424, section 6.2.1. */
const PRIORITY = 13 * 8 + 6
const TIMEOUT_MS = 10_000

/** One message of syslog (RFC 5424), framed by counting its bytes (RFC 6587, section 3.4.1). */
export function syslogFrame({ host, at, text }: { host: string; at: Date; text: string }): string {
  const message = `<${PRIORITY}>1 ${at.toISOString()} ${host} claviger - audit - ${text}`
  return `${Buffer.byteLength(message)} ${message}`
}

/** Sends messages to `tcp://host:port` or `tls://host:port`, and returns when all were taken from us. */
export function sendSyslog(egress: Pick<Egress, 'connect'>, target: string, frames: string[]): Promise<void> {
  const url = new URL(target)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const secure = url.protocol === 'tls:'
  return new Promise((resolve, reject) => {
    const socket = egress.connect({ host, port: Number(url.port), secure })
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer in time')))
    socket.once(secure ? 'secureConnect' : 'connect', () => socket.end(frames.join('')))
    socket.once('error', reject)
    // What it says is not read, but has to be taken for the connection to end.
    socket.resume()
    socket.once('close', (failed) => {
      if (!failed) resolve()
    })
  })
}
