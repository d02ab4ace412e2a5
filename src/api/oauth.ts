import type { Hono } from 'hono'
import { redeemCode } from '../actions/authorization-codes.ts'
import { refreshTokens, revokeTokens, type Tokens } from '../actions/cli-sessions.ts'
import { offerDevice, pollDevice } from '../actions/device-codes.ts'
import { exchangeWorkloadToken } from '../actions/exchange.ts'
import { OauthRefused } from '../actions/oauth-refused.ts'
import type { App, Visit } from '../app.ts'
import { readClientName } from '../domain/authorization-request.ts'
import { need, oauthAnswer, requireCli } from './oauth-form.ts'
import { pageVisit } from './pages/viewer.ts'

/** RFC 8693, 2.1 and 3. */
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const SUBJECT_TYPES = [
  'urn:ietf:params:oauth:token-type:jwt',
  'urn:ietf:params:oauth:token-type:id_token',
  ACCESS_TOKEN,
]
/** RFC 8628, 3.4. */
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

/** What `POST /oauth/token` takes: for the command line of a person, and for workloads. */
const GRANTS: Record<string, (visit: Visit, form: URLSearchParams) => Promise<object>> = {
  authorization_code: async (visit, form) => {
    requireCli(form)
    const code = need(form, 'code')
    const redirectUri = need(form, 'redirect_uri')
    return presentTokens(
      await redeemCode(visit, { code, redirectUri, verifier: need(form, 'code_verifier') }),
    )
  },
  refresh_token: async (visit, form) => {
    requireCli(form)
    return presentTokens(await refreshTokens(visit, need(form, 'refresh_token')))
  },
  [DEVICE_CODE]: async (visit, form) => {
    requireCli(form)
    return presentTokens(await pollDevice(visit, need(form, 'device_code')))
  },
  [TOKEN_EXCHANGE]: exchange,
}

/** OAuth's forms in, OAuth's JSON out (RFC 6749, 5), since that is what clients of it speak. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, this looks only at the request and its address.
export function serveOauth(hono: Hono<any>, app: App): void {
  hono.post('/oauth/token', (c) =>
    oauthAnswer(c, (form) => {
      const grant = form.get('grant_type') ?? ''
      const give = Object.hasOwn(GRANTS, grant) ? GRANTS[grant] : undefined
      if (give) return give(pageVisit(c, app), form)
      throw new OauthRefused(
        'unsupported_grant_type',
        `The grant types served here are ${Object.keys(GRANTS).join(', ')}.`,
      )
    }),
  )

  hono.post('/oauth/device_authorization', (c) =>
    oauthAnswer(c, async (form) => {
      requireCli(form)
      const clientName = readClientName(form.get('client_name'))
      const offer = await offerDevice(pageVisit(c, app), { clientName })
      const uri = `${app.config.url}/device`
      return {
        device_code: offer.deviceCode,
        user_code: offer.userCode,
        verification_uri: uri,
        verification_uri_complete: `${uri}?code=${offer.userCode}`,
        expires_in: offer.expiresInSeconds,
        interval: offer.intervalSeconds,
      }
    }),
  )

  hono.post('/oauth/revoke', (c) =>
    oauthAnswer(c, async (form) => {
      await revokeTokens(pageVisit(c, app), need(form, 'token'))
      return {}
    }),
  )

  // RFC 8414. Without an authorization_endpoint: there are clients that then offer nothing but that.
  hono.get('/.well-known/oauth-authorization-server', (c) => {
    const { url } = app.config
    return c.json({
      issuer: url,
      token_endpoint: `${url}/oauth/token`,
      device_authorization_endpoint: `${url}/oauth/device_authorization`,
      revocation_endpoint: `${url}/oauth/revoke`,
      grant_types_supported: [DEVICE_CODE, 'refresh_token', TOKEN_EXCHANGE],
      response_types_supported: [],
      token_endpoint_auth_methods_supported: ['none'],
    })
  })
}

function presentTokens({ accessToken, refreshToken, expiresInSeconds }: Tokens): object {
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: expiresInSeconds,
    refresh_token: refreshToken,
  }
}

async function exchange(visit: Visit, form: URLSearchParams): Promise<object> {
  const subjectToken = need(form, 'subject_token')
  if (!SUBJECT_TYPES.includes(form.get('subject_token_type') ?? '')) {
    throw new OauthRefused(
      'invalid_request',
      `subject_token_type must be one of ${SUBJECT_TYPES.join(', ')}.`,
    )
  }
  if ((form.get('requested_token_type') ?? ACCESS_TOKEN) !== ACCESS_TOKEN) {
    throw new OauthRefused('invalid_request', `requested_token_type can only be ${ACCESS_TOKEN}.`)
  }
  requireHere(visit, form)
  const { secret, expiresInSeconds } = await exchangeWorkloadToken(visit, subjectToken)
  return {
    access_token: secret,
    issued_token_type: ACCESS_TOKEN,
    token_type: 'Bearer',
    expires_in: expiresInSeconds,
  }
}

/** Where the key is to be used, when a workload says so: it works at this installation and nowhere else. */
function requireHere({ config }: Visit, form: URLSearchParams): void {
  for (const name of ['audience', 'resource']) {
    const asked = form.get(name)
    if (asked === null || asked.replace(/\/$/, '') === config.url.replace(/\/$/, '')) continue
    throw new OauthRefused(
      'invalid_target',
      `The key works at ${config.url} alone: give that as the ${name}, or none.`,
    )
  }
}
