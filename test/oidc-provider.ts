import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import { type ClientMetadata, Provider } from 'oidc-provider'
import type { Browser } from './cookie-browser.ts'

/** What the provider says of somebody, but for `sub`: `{ email, email_verified, name, groups, amr, … }`. */
export type Account = Record<string, unknown>

export type OidcProvider = AsyncDisposable & {
  issuer: string
  clientId: string
  clientSecret: string
  /** Who has an account there, by their subject. Changes hold from the next sign-in on. */
  accounts: Record<string, Account>
  /** Who sits in front of the browser when the provider asks: the subject of one of the accounts. */
  person: string
  /** Who is told that somebody signed out: what a connection calls `backchannelLogoutUri`, where it is really served. */
  backchannelLogoutUri: string | null
  /** Signs whoever uses this browser out at the provider, which tells it on. */
  signOut(browser: Browser): Promise<void>
  /** How often somebody was asked to sign in. */
  asked: number
}

type Options = {
  /** The address of the installation: its `config.url`. */
  url: string
  accounts?: Record<string, Account>
}

const SECRET = 'a client secret that only this test knows'
/** Everything there is about somebody comes with the scope `openid`, groups and amr included. */
const CLAIMS = ['sub', 'name', 'email', 'email_verified', 'groups', 'amr', 'department']

/**
 * A real, certified OpenID Connect provider (`oidc-provider`) on loopback, whose people sign in by themselves: a
 * browser that follows redirects comes back signed in as `person`.
 */
export async function oidcProvider({ url, accounts = {} }: Options): Promise<OidcProvider> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  // A listening TCP server has an address of this shape.
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client: ClientMetadata = {
    client_id: 'claviger',
    client_secret: SECRET,
    redirect_uris: [`${url}/sso/callback`],
    backchannel_logout_uri: `${issuer}/signed-out`,
    backchannel_logout_session_required: true,
  }
  const idp = {
    issuer,
    clientId: client.client_id,
    clientSecret: SECRET,
    accounts,
    person: '',
    asked: 0,
    // Set by tests.
    backchannelLogoutUri: null as string | null,
  }
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const provider = new Provider(issuer, {
    clients: [client],
    claims: { openid: CLAIMS, email: ['email'], profile: ['name'] },
    jwks: { keys: [{ ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256' }] },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 600,
      IdToken: 600,
      Interaction: 600,
      Session: 3600,
    },
    cookies: { keys: ['a cookie key of this test'] },
    features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
    findAccount: (_, sub) => {
      const claims = idp.accounts[sub]
      return claims && { accountId: sub, claims: () => ({ ...claims, sub }) }
    },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    // By itself it asks nobody on loopback; and connections, whose addresses these are, are made after their providers.
    fetch: (_, { method, headers, body } = {}) =>
      idp.backchannelLogoutUri === null
        ? Promise.resolve(new Response(null, { status: 204 }))
        : fetch(idp.backchannelLogoutUri, { method, headers, body }),
    // People agreed to what this client asks for long ago.
    async loadExistingGrant(ctx) {
      const { client, account } = ctx.oidc
      if (!client || !account) return undefined
      const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: account.accountId })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
  })
  const answer = provider.callback()
  server.on('request', async (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return answer(request, response)
    idp.asked += 1
    await provider.interactionFinished(request, response, { login: { accountId: idp.person } })
  })
  return Object.assign(idp, {
    async signOut(browser: Browser) {
      const asked = await browser.go(`${issuer}/session/end`)
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(asked.text)?.[1] ?? ''
      await browser.go(`${issuer}/session/end/confirm`, { xsrf, logout: 'yes' })
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}
