import { z } from 'zod'
import manifest from '../../package.json' with { type: 'json' }
import { CLI_CLIENT_ID } from '../domain/authorization-request.ts'
import type { Tokens } from './config-file.ts'
import { Failure } from './failure.ts'
import { networkFailure } from './report.ts'

const PATIENCE_MS = 30_000

const Granted = z.object({ access_token: z.string(), refresh_token: z.string(), expires_in: z.number() })
const Refused = z.object({ error: z.string(), error_description: z.string().optional() })
const Metadata = z.object({ issuer: z.url({ protocol: /^https?$/ }) })

/** The server said no, in OAuth's words: `error` is one of them. */
export class OauthRefusal extends Failure {
  readonly error: string

  constructor(status: number, { error, error_description: description }: z.output<typeof Refused>) {
    super(status === 429 ? 'limit' : 'failed', description ?? `The server refused this: ${error}.`, {
      code: error,
    })
    this.error = error
  }
}

/** Sends a form of OAuth as this command line. Throws `OauthRefusal`, or what went wrong on the way. */
export async function postForm(
  baseUrl: string,
  path: string,
  form: Record<string, string>,
): Promise<unknown> {
  const response = await send(`${baseUrl}${path}`, baseUrl, {
    method: 'POST',
    body: new URLSearchParams({ client_id: CLI_CLIENT_ID, ...form }),
  })
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok) return answer
  const refused = Refused.safeParse(answer)
  if (refused.success && response.status < 500) throw new OauthRefusal(response.status, refused.data)
  throw new Failure(
    response.status >= 500 ? 'unavailable' : 'failed',
    `${baseUrl} answered ${response.status}.`,
  )
}

/** Tokens for a code or for a refresh token. */
export async function askForTokens(baseUrl: string, form: Record<string, string>): Promise<Tokens> {
  const granted = Granted.safeParse(await postForm(baseUrl, '/oauth/token', form))
  if (!granted.success) throw noSignIn(baseUrl)
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: seconds } = granted.data
  return { accessToken, refreshToken, expiresAt: new Date(Date.now() + seconds * 1000).toISOString() }
}

/** Where people reach this server with their browsers, which may be elsewhere than programs do (RFC 8414). */
export async function findIssuer(baseUrl: string): Promise<string> {
  const response = await send(`${baseUrl}/.well-known/oauth-authorization-server`, baseUrl, {})
  const metadata = Metadata.safeParse(await response.json().catch(() => null))
  if (!response.ok || !metadata.success) throw noSignIn(baseUrl)
  return metadata.data.issuer.replace(/\/+$/, '')
}

function send(url: string, baseUrl: string, init: RequestInit): Promise<Response> {
  const headers = { accept: 'application/json', 'user-agent': `claviger/${manifest.version}` }
  const signal = AbortSignal.timeout(PATIENCE_MS)
  return fetch(url, { ...init, headers, signal, redirect: 'error' }).catch((cause) => {
    throw networkFailure(baseUrl, cause)
  })
}

/** What answers there is no Claviger, or one that signs nobody in this way. */
export function noSignIn(baseUrl: string): Failure {
  return new Failure('failed', `${baseUrl} does not sign command lines in.`, {
    next: 'Is it a Claviger of this version? With an API token: claviger login --token-stdin',
  })
}
