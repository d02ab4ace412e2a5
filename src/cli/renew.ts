import type { Tokens } from './config-file.ts'
import { Failure } from './failure.ts'
import { whileLocked } from './file-lock.ts'
import { askForTokens, OauthRefusal } from './oauth.ts'
import { loadTokens, replaceTokens, type TokenStore } from './token-store.ts'

/** So long before its end a token is not used any more: the request has to arrive. */
const MARGIN_MS = 60_000

/**
 * Gives the access token of who is signed in at this server, for each call: the one that is kept, or the next one when
 * its time is over. A refresh token is good once, so of several commands at the same time one renews, and the others
 * take what it got. Null when nobody signed in.
 */
export function accessTokens(store: TokenStore, url: string): () => Promise<string | null> {
  let tokens: Tokens | null = null
  return async () => {
    if (tokens === null || !isFresh(tokens)) tokens = await currentTokens(store, url)
    return tokens?.accessToken ?? null
  }
}

async function currentTokens(store: TokenStore, url: string): Promise<Tokens | null> {
  const kept = await loadTokens(store, url)
  if (kept === null || isFresh(kept)) return kept
  return whileLocked(`${store.configFile}.lock`, async () => {
    const tokens = await loadTokens(store, url)
    if (tokens === null || isFresh(tokens)) return tokens
    const next = await refresh(url, tokens.refreshToken)
    await replaceTokens(store, url, next)
    return next
  })
}

function isFresh({ expiresAt }: Tokens): boolean {
  return Date.parse(expiresAt) - Date.now() > MARGIN_MS
}

async function refresh(url: string, refreshToken: string): Promise<Tokens> {
  try {
    return await askForTokens(url, { grant_type: 'refresh_token', refresh_token: refreshToken })
  } catch (error) {
    if (!(error instanceof OauthRefusal) || error.error !== 'invalid_grant') throw error
    throw new Failure('notSignedIn', `Your sign-in to ${url} has ended.`, {
      cause: error,
      next: 'claviger login',
    })
  }
}
