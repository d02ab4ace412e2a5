/** `__Host-`: browsers keep such a cookie to this host alone, and no other host can set it. */
export const SESSION_COOKIE = '__Host-claviger'

/** A sign-in that waits for its second factor. */
export const SIGN_IN_COOKIE = '__Host-claviger-sign-in'
/** A browser that went to an identity provider. */
export const SSO_COOKIE = '__Host-claviger-sso'
/** A browser that asked for any passkey that it has: only this one may answer. */
export const PASSKEY_COOKIE = '__Host-claviger-passkey'
/** A browser in which somebody signed in before. */
export const DEVICE_COOKIE = '__Host-claviger-device'

/** The value of a cookie; null when it is not there, or there twice: then somebody planted one. */
export function readCookie(header: string | null, name: string): string | null {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
  return values.length === 1 ? (values[0] ?? null) : null
}

/** The header that sets a cookie. Lax, since one-time links come from mail: that nothing is changed is Origin's part. */
export function setCookie(name: string, value: string, seconds: number): string {
  return `${name}=${value}; Path=/; Max-Age=${seconds}; Secure; HttpOnly; SameSite=Lax`
}

export function sessionCookie(secret: string, seconds: number): string {
  return setCookie(SESSION_COOKIE, secret, seconds)
}

export function clearCookie(name: string): string {
  return setCookie(name, '', 0)
}
