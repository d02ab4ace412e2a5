import { hash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { CLI_CLIENT_ID } from '../domain/authorization-request.ts'
import { note } from './answer.ts'
import type { Tokens } from './config-file.ts'
import { Failure } from './failure.ts'
import { askForTokens, findIssuer } from './oauth.ts'
import { openBrowser } from './open-browser.ts'
import type { Session } from './session.ts'

const PATIENCE_MS = 10 * 60_000
const GOODBYE_MS = 1000

/**
 * Signs in with the browser of this machine (RFC 8252): it comes back to a port that only this machine reaches, with a
 * code that is worth something only together with the verifier, which never left this process (RFC 7636).
 */
export async function loginInBrowser({ client, environment }: Session): Promise<Tokens> {
  const issuer = await findIssuer(client.baseUrl)
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(32).toString('base64url')
  await using listener = await listen(state, issuer)
  const { redirectUri } = listener
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: CLI_CLIENT_ID,
    redirect_uri: redirectUri,
    code_challenge: hash('sha256', verifier, 'base64url'),
    code_challenge_method: 'S256',
    state,
    client_name: hostname(),
  })
  const url = `${issuer}/oauth/authorize?${query}`
  note(`Your browser opens, to sign you in. If it does not, open this address in it:\n\n  ${url}\n`)
  note('Waiting. On a machine without a browser: claviger login --device')
  openBrowser(environment, url)
  const { code, answer } = await listener.callback
  try {
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }
    const tokens = await askForTokens(client.baseUrl, form)
    answer('signed-in')
    return tokens
  } catch (error) {
    answer('refused')
    throw error
  }
}

type Callback = { code: string; answer: (page: 'signed-in' | 'refused') => void }

/** A port of this machine, which waits for the browser to come back with this state. */
async function listen(state: string, issuer: string) {
  const { promise: callback, resolve, reject } = Promise.withResolvers<Callback>()
  const server = createServer((request, response) => {
    const found = readCallback(request, redirectUri, state)
    // Whatever else finds the port, such as a page that tries them all, gets nothing and ends nothing.
    if (found === null) return void response.writeHead(404).end()
    const answer = (page: string) => leadTo(response, `${issuer}/oauth/${page}`)
    if ('code' in found) return resolve({ code: found.code, answer })
    answer('refused')
    reject(
      new Failure('forbidden', 'You said no in the browser. Nothing was signed in.', { code: found.error }),
    )
  })
  server.listen(0, '127.0.0.1')
  await new Promise((done, failed) => server.once('listening', done).once('error', failed))
  // A listening TCP server has an address of this shape.
  const redirectUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`
  const late = setTimeout(() => {
    reject(new Failure('failed', 'Nobody signed in within ten minutes.', { next: 'claviger login' }))
  }, PATIENCE_MS)
  return {
    redirectUri,
    callback,
    async [Symbol.asyncDispose]() {
      clearTimeout(late)
      const closed = new Promise((done) => server.close(done))
      // Browsers open connections ahead of need, and keep them.
      setTimeout(() => server.closeAllConnections(), GOODBYE_MS).unref()
      await closed
    },
  }
}

function readCallback(
  { method, url = '', headers }: IncomingMessage,
  redirectUri: string,
  state: string,
): { code: string } | { error: string } | null {
  const { host } = new URL(redirectUri)
  // A name of somebody else's that was made to lead here comes with that name.
  if (method !== 'GET' || headers.host !== host) return null
  const { pathname, searchParams } = URL.parse(url, redirectUri) ?? new URL('http://invalid')
  if (pathname !== '/callback' || searchParams.get('state') !== state) return null
  const [code, error] = [searchParams.get('code'), searchParams.get('error')]
  if (code !== null) return { code }
  return error === null ? null : { error }
}

/** On to a page of the server's: so the code does not stay in the address, nor in the history. */
function leadTo(response: ServerResponse, location: string): void {
  response.writeHead(303, { location, 'cache-control': 'no-store', connection: 'close' }).end()
}
