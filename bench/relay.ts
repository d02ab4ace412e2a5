import { connect, createServer } from 'node:net'
import { pipeline } from 'node:stream'

/** What any gateway on Node has to pay: each caller's connection is joined to one of the provider's, and nothing is read. */

const [port = 0, providerPort = 0] = process.argv.slice(2).map(Number)

createServer({ noDelay: true }, (caller) => {
  const provider = connect({ host: '127.0.0.1', port: providerPort, noDelay: true })
  // Either of them may end at any time: then the other does too.
  pipeline(caller, provider, caller, () => {})
}).listen(port, '127.0.0.1')
