import { type OauthError, OauthRefused } from '../actions/oauth-refused.ts'
import { CLI_CLIENT_ID } from '../domain/authorization-request.ts'
import { AppError } from '../domain/errors.ts'
import type { PageContext } from './pages/layout.ts'

const MAX_FORM_BYTES = 65_536

/** The form that OAuth sends. Parameters that are not ours are not looked at (RFC 6749, 3.2). */
export async function readOauthForm({ req }: PageContext): Promise<URLSearchParams> {
  const type = req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') {
    throw new OauthRefused('invalid_request', 'Send a form (application/x-www-form-urlencoded).')
  }
  const length = Number(req.header('content-length') ?? Number.NaN)
  if (!(length <= MAX_FORM_BYTES)) {
    throw new OauthRefused('invalid_request', `Say the content-length; at most ${MAX_FORM_BYTES} bytes.`)
  }
  const form = new URLSearchParams(await req.text())
  const twice = [...new Set(form.keys())].some((name) => form.getAll(name).length > 1)
  if (twice) throw new OauthRefused('invalid_request', 'A parameter was sent twice.')
  return form
}

/** A parameter that must be there. */
export function need(form: URLSearchParams, name: string): string {
  const value = form.get(name)
  if (value === null) throw new OauthRefused('invalid_request', `${name} is missing.`)
  return value
}

/** The command line says which client it is. That proves nothing, and keeps others from being taken for it. */
export function requireCli(form: URLSearchParams): void {
  if (need(form, 'client_id') === CLI_CLIENT_ID) return
  throw new OauthRefused('invalid_client', `The only client here is ${CLI_CLIENT_ID}.`)
}

/** Answers with what `work` returns, as JSON, or with the refusal as OAuth prints it (RFC 6749, 5.2). */
export async function oauthAnswer(
  c: PageContext,
  work: (form: URLSearchParams) => Promise<object>,
): Promise<Response> {
  try {
    return c.json(await work(await readOauthForm(c)))
  } catch (error) {
    if (error instanceof OauthRefused) {
      const { error: code, description } = error
      return c.json({ error: code, ...(description && { error_description: description }) }, statusOf(code))
    }
    if (error instanceof AppError && error.code === 'too_many_attempts') {
      c.header('retry-after', String(error.retryAfterSeconds))
      return c.json({ error: 'temporarily_unavailable', error_description: error.message }, 429)
    }
    // Not `access_denied`, which is what a person said, nor `invalid_grant`: from elsewhere it is good.
    if (error instanceof AppError && error.code === 'ip_not_allowed') {
      return c.json({ error: 'unauthorized_client', error_description: error.message }, 400)
    }
    throw error
  }
}

function statusOf(error: OauthError): 400 | 401 {
  return error === 'invalid_client' ? 401 : 400
}
