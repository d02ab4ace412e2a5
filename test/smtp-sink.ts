import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'

export type ReceivedMail = { from: string; to: string; data: string }

export type SmtpSink = AsyncDisposable & {
  url: string
  mails: ReceivedMail[]
  /** Every command, as it came. */
  heard: string[]
  /** What it answers to a recipient instead of 250. */
  refuseWith: string | null
}

/** A mail server on loopback that keeps what it gets (RFC 5321, as much as a client needs). */
export async function smtpSink(): Promise<SmtpSink> {
  const mails: ReceivedMail[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    talk(socket, sink)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  // A listening TCP server has an address of this shape.
  const { port } = server.address() as AddressInfo
  const sink: SmtpSink = {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    heard: [],
    refuseWith: null,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return sink
}

function talk(socket: Socket, sink: SmtpSink): void {
  let mail = { from: '', to: '', data: '' }
  let inData = false
  let rest = ''
  const say = (line: string) => socket.write(`${line}\r\n`)
  say('220 sink')
  socket.on('data', (chunk) => {
    rest += chunk
    for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
      hear(rest.slice(0, end))
      rest = rest.slice(end + 2)
    }
  })

  function hear(line: string): void {
    if (inData) {
      if (line !== '.') {
        mail.data += `${line.replace(/^\./, '')}\n`
        return
      }
      inData = false
      sink.mails.push(mail)
      mail = { from: '', to: '', data: '' }
      say('250 kept')
      return
    }
    sink.heard.push(line)
    const [verb = ''] = line.toUpperCase().split(/[ :]/)
    if (verb === 'MAIL') mail.from = line
    if (verb === 'RCPT') {
      if (sink.refuseWith !== null) return void say(sink.refuseWith)
      mail.to = /<(.*)>/.exec(line)?.[1] ?? ''
    }
    if (verb === 'DATA') {
      inData = true
      return void say('354 go on')
    }
    if (verb === 'QUIT') return void socket.end('221 bye\r\n')
    if (verb === 'STARTTLS') return void say('502 not here')
    if (verb === 'AUTH') return void say('235 come in')
    say(verb === 'EHLO' ? '250 sink' : '250 ok')
  }
}
