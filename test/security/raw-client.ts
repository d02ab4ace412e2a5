import { connect } from 'node:net'

export type RawAnswer = {
  /** The status of every answer that came back, in order; interim ones (1xx) as well. */
  statuses: number[]
  /** All that came back, one byte per character. */
  text: string
  /** The server ended the connection. */
  closed: boolean
}

const QUIET_MS = 250
const PATIENCE_MS = 5_000

/**
 * Sends bytes as they are (one per character) on a connection of their own, and returns what comes back until the
 * server closes it, or has said something and then nothing more for a while.
 */
export function sendRaw(url: string, bytes: string): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let text = ''
    let quiet: NodeJS.Timeout | undefined
    const finish = (closed: boolean) => {
      clearTimeout(quiet)
      clearTimeout(late)
      socket.destroy()
      const statuses = [...text.matchAll(/(?:^|\n|})HTTP\/1\.1 (\d{3}) /g)].map(([, status]) =>
        Number(status),
      )
      resolve({ statuses, text, closed })
    }
    const late = setTimeout(() => finish(false), PATIENCE_MS)
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      text += chunk
      clearTimeout(quiet)
      quiet = setTimeout(() => finish(false), QUIET_MS)
    })
    socket.on('close', () => finish(true))
    // A reset is a way to close; what came before it is the answer.
    socket.on('error', () => {})
    socket.write(bytes, 'latin1')
  })
}

/** A request as text: its first line, its header lines, an empty line, its body. */
export function request(firstLine: string, lines: readonly string[], body = ''): string {
  return `${[firstLine, ...lines].join('\r\n')}\r\n\r\n${body}`
}
