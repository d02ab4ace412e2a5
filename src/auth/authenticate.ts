import type { App } from '../app.ts'
import { findTokenByHash } from '../db/tokens.ts'
import type { Actor } from '../domain/actor.ts'
import { AppError } from '../domain/errors.ts'
import { isToken, keyKind } from '../domain/key-format.ts'

/** Who presents this `Authorization` header, or throws `unauthenticated`. A secret that cannot be ours costs no query. */
export async function authenticate(app: App, authorization: string | null): Promise<Actor> {
  if (authorization === null) throw refusal('Send an API token as "Authorization: Bearer cvg_tok_…".')
  const secret = /^Bearer +([\x21-\x7e]+)$/i.exec(authorization)?.[1] ?? ''
  if (keyKind(secret) !== null) {
    throw refusal('This is a key for the gateway (/v1). The control plane takes API tokens (cvg_tok_…).')
  }
  if (!isToken(secret)) throw refusal('This is not an API token; one starts with "cvg_tok_".')
  const token = await findTokenByHash(app.db, app.keyring.hashSecret(secret))
  if (token === undefined) throw refusal('This API token is not known here.')
  if (token.revokedAt !== null) throw refusal('This API token was revoked.')
  if (token.expired) throw refusal('This API token has expired.')
  if (token.deactivatedAt !== null) throw refusal('The owner of this API token is deactivated.')
  return { kind: 'token', id: token.id, userId: token.userId, role: token.role, teamId: token.teamId }
}

function refusal(message: string): AppError {
  return new AppError('unauthenticated', message)
}
