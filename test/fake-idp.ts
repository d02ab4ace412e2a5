import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

type Claims = Record<string, unknown>
type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A provider that does whatever a test wants: by itself it does everything right. */
export type FakeIdp = AsyncDisposable & {
  issuer: string
  clientId: string
  clientSecret: string
  privateKey: CryptoKey
  publicJwk: JWK
  /** Changes what it says of itself. */
  metadata: Record<string, unknown>
  /** What it says of whoever signs in. */
  person: Claims
  /** Makes the ID token from the claims that are right. */
  idToken(claims: Claims): string | Promise<string>
  /** Changes the parameters of the way back. */
  callback(parameters: URLSearchParams): void
  /** Answers a path in its own way: `/token`. */
  answer: Record<string, Answer>
  /** Every path that it was asked for. */
  asked: string[]
  /** Signs as it does by itself. */
  sign(claims: Claims, header?: Record<string, unknown>): Promise<string>
}

/** Starts one on loopback. Its `/authorize` sends every browser straight back. */
export async function fakeIdp(): Promise<FakeIdp> {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const publicJwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const codes = new Map<string, { nonce: string; challenge: string }>()
  const server = createServer((request, response) => {
    handle(request, response).catch((error) => response.writeHead(500).end(String(error)))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  // A listening TCP server has an address of this shape.
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const sign = (claims: Claims, header: Record<string, unknown> = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one', ...header }).sign(privateKey)
  const idp: FakeIdp = {
    issuer,
    clientId: 'claviger',
    clientSecret: 'a secret of the hostile one',
    privateKey,
    publicJwk,
    metadata: {},
    person: {},
    idToken: (claims) => sign(claims),
    callback: () => {},
    answer: {},
    asked: [],
    sign,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', issuer)
    idp.asked.push(url.pathname)
    const own = idp.answer[url.pathname]
    if (own) return own(request, response)
    const json = (body: unknown, status = 200) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json({
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
          id_token_signing_alg_values_supported: ['RS256'],
          ...idp.metadata,
        })
      case '/jwks':
        return json({ keys: [publicJwk] })
      case '/authorize': {
        const asked = url.searchParams
        const code = `code-${codes.size}`
        codes.set(code, { nonce: asked.get('nonce') ?? '', challenge: asked.get('code_challenge') ?? '' })
        const back = new URL(asked.get('redirect_uri') ?? '')
        back.search = new URLSearchParams({ code, state: asked.get('state') ?? '' }).toString()
        idp.callback(back.searchParams)
        return void response.writeHead(303, { location: back.href }).end()
      }
      case '/token': {
        const form = new URLSearchParams(await text(request))
        const known = codes.get(form.get('code') ?? '')
        const challenge = createHash('sha256')
          .update(form.get('code_verifier') ?? '')
          .digest('base64url')
        if (known?.challenge !== challenge) return json({ error: 'invalid_grant' }, 400)
        const now = Math.floor(Date.now() / 1000)
        const times = { iat: now, exp: now + 300 }
        const claims = { iss: issuer, aud: idp.clientId, ...times, nonce: known.nonce, ...idp.person }
        return json({ access_token: 'at', token_type: 'Bearer', id_token: await idp.idToken(claims) })
      }
      default:
        return json({ error: 'not_found' }, 404)
    }
  }
  return idp
}
