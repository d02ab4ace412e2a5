import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'

export type TestIssuer = AsyncDisposable & {
  url: string
  jwks: { keys: { kty: string; [name: string]: unknown }[] }
  /** Which paths it was asked for. */
  asked: string[]
  /** A token of this issuer that is good for ten minutes, but for what `claims` says otherwise. */
  sign(claims: Record<string, unknown>): Promise<string>
}

/** An issuer of workload tokens on loopback, as Kubernetes, GitHub and GitLab are: discovery, keys, RS256. */
export async function testIssuer(audience: string): Promise<TestIssuer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kty: 'RSA', kid: 'one' }] }
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const about = { issuer: url, jwks_uri: `${url}/keys` }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(request.url === '/keys' ? jwks : about))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  // A listening TCP server has an address of this shape.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    jwks,
    asked,
    sign: (claims) =>
      new SignJWT({ iss: url, aud: audience, exp: Math.floor(Date.now() / 1000) + 600, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .sign(privateKey),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
