import type { Hono } from 'hono'
import { exchangeWorkloadToken, InvalidGrant } from '../actions/exchange.ts'
import type { App } from '../app.ts'
import { AppError } from '../domain/errors.ts'
import type { PageContext } from './pages/layout.ts'
import { pageVisit } from './pages/viewer.ts'

const MAX_FORM_BYTES = 65_536
/** RFC 8693, 2.1 and 3. */
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const SUBJECT_TYPES = [
  'urn:ietf:params:oauth:token-type:jwt',
  'urn:ietf:params:oauth:token-type:id_token',
  ACCESS_TOKEN,
]

/** `POST /oauth/token`: OAuth's form in, OAuth's JSON out (RFC 6749, 5), since that is what clients of it speak. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, this looks only at the request and its address.
export function serveTokenExchange(hono: Hono<any>, app: App): void {
  hono.post('/oauth/token', async (c) => {
    const form = await readForm(c)
    if (typeof form === 'string') return refuse(c, 'invalid_request', form)
    if (form.get('grant_type') !== TOKEN_EXCHANGE) {
      return refuse(c, 'unsupported_grant_type', `The grant_type served here is ${TOKEN_EXCHANGE}.`)
    }
    const subjectToken = form.get('subject_token')
    if (subjectToken === null) return refuse(c, 'invalid_request', 'subject_token is missing.')
    if (!SUBJECT_TYPES.includes(form.get('subject_token_type') ?? '')) {
      return refuse(c, 'invalid_request', `subject_token_type must be one of ${SUBJECT_TYPES.join(', ')}.`)
    }
    if ((form.get('requested_token_type') ?? ACCESS_TOKEN) !== ACCESS_TOKEN) {
      return refuse(c, 'invalid_request', `requested_token_type can only be ${ACCESS_TOKEN}.`)
    }
    return answer(c, app, subjectToken)
  })
}

async function answer(c: PageContext, app: App, subjectToken: string): Promise<Response> {
  try {
    const { secret, expiresInSeconds } = await exchangeWorkloadToken(pageVisit(c, app), subjectToken)
    return c.json({
      access_token: secret,
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: expiresInSeconds,
    })
  } catch (error) {
    if (error instanceof InvalidGrant) return c.json({ error: 'invalid_grant' }, 400)
    if (error instanceof AppError && error.code === 'too_many_attempts') {
      c.header('retry-after', String(error.retryAfterSeconds))
      return c.json({ error: 'temporarily_unavailable', error_description: error.message }, 429)
    }
    throw error
  }
}

/** The form, or what is wrong with it. Parameters that are not ours are not looked at (RFC 6749, 3.2). */
async function readForm({ req }: PageContext): Promise<URLSearchParams | string> {
  const type = req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') return 'Send a form (application/x-www-form-urlencoded).'
  const length = Number(req.header('content-length') ?? Number.NaN)
  if (!(length <= MAX_FORM_BYTES)) return `Say the content-length; at most ${MAX_FORM_BYTES} bytes.`
  const form = new URLSearchParams(await req.text())
  const twice = [...new Set(form.keys())].find((name) => form.getAll(name).length > 1)
  return twice === undefined ? form : 'A parameter was sent twice.'
}

function refuse(c: PageContext, error: string, description: string): Response {
  return c.json({ error, error_description: description }, 400)
}
