import type { App } from '../app.ts'
import { readCookie, SESSION_COOKIE } from '../cookies.ts'
import type { Actor } from '../domain/actor.ts'
import { keyKind, secretKind } from '../domain/key-format.ts'
import { requireOwnOrigin } from './origin.ts'
import { actorOfSession, sessionOfBrowser } from './session.ts'
import { actorOfToken } from './token.ts'
import { unauthenticated } from './unauthenticated.ts'

/** What of a request says who it is, and where it comes from. */
export type Presented = {
  authorization: string | null
  cookie: string | null
  method: string
  origin: string | null
  fetchSite: string | null
  /** Null when it is not known: then no list of addresses holds it. */
  ip: string | null
}

/**
 * Who presents this, or throws `unauthenticated`. A secret that cannot be ours costs no query. With an
 * `Authorization` header no cookie is looked at, so nobody is somebody else than they say.
 */
export async function authenticate(
  app: App,
  presented: Presented,
): Promise<{ actor: Actor; setCookies: string[] }> {
  if (presented.authorization !== null) {
    return { actor: await actorOfBearer(app, presented.authorization, presented.ip), setCookies: [] }
  }
  const secret = readCookie(presented.cookie, SESSION_COOKIE)
  if (secret === null || secretKind(secret) !== 'ses') {
    throw unauthenticated('Send an API token as "Authorization: Bearer cvg_tok_…".')
  }
  requireOwnOrigin(app, presented)
  return sessionOfBrowser(app, secret, presented.ip)
}

async function actorOfBearer(app: App, authorization: string, ip: string | null): Promise<Actor> {
  const secret = /^Bearer +([\x21-\x7e]+)$/i.exec(authorization)?.[1] ?? ''
  if (keyKind(secret) !== null) {
    throw unauthenticated(
      'This is a key for the gateway (/v1). The control plane takes API tokens (cvg_tok_…).',
    )
  }
  switch (secretKind(secret)) {
    case 'tok':
      return actorOfToken(app, secret, ip)
    case 'acc':
      return actorOfSession(app, secret, ip)
    case null:
      throw unauthenticated('This is not an API token; one starts with "cvg_tok_".')
    default:
      throw unauthenticated('This secret is for something else. Send an API token (cvg_tok_…).')
  }
}
