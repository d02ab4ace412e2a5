/** What OAuth calls the reasons that it knows (RFC 6749, 5.2; RFC 8628, 3.5; RFC 8693, 2.2.2). */
export type OauthError =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_target'
  | 'unsupported_grant_type'
  | 'authorization_pending'
  | 'slow_down'
  | 'access_denied'
  | 'expired_token'

/** A program is refused, in OAuth's words. `description` is for whoever wrote it, when it may know more. */
export class OauthRefused extends Error {
  readonly error: OauthError
  readonly description: string | null

  constructor(error: OauthError, description: string | null = null, options?: ErrorOptions) {
    super(description ?? error, options)
    this.name = 'OauthRefused'
    this.error = error
    this.description = description
  }
}
