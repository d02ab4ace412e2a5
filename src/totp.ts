import { Secret, TOTP } from 'otpauth'

const STEP_SECONDS = 30
const SECRET_BYTES = 20

/** A new secret for an authenticator app, in base32 as people type it. */
export function newTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32
}

/** What the QR code says. SHA-1, six digits, 30 seconds: the one kind that every app knows. */
export function totpUri(
  secret: string,
  { organization, email }: { organization: string; email: string },
): string {
  return totp(secret, { issuer: `Claviger (${organization.replaceAll(':', ' ')})`, label: email }).toString()
}

/**
 * The time step of which `code` is, when it is the present one or one beside it and newer than the last that was
 * used (RFC 6238, section 5.2); null when it is none.
 */
export function checkTotp(
  secret: string,
  code: string,
  now: Date,
  lastStep: number,
): { step: number } | null {
  if (!/^\d{6}$/.test(code)) return null
  const delta = totp(secret).validate({ token: code, timestamp: now.getTime(), window: 1 })
  if (delta === null) return null
  const step = Math.floor(now.getTime() / 1000 / STEP_SECONDS) + delta
  return step > lastStep ? { step } : null
}

function totp(secret: string, about: { issuer?: string; label?: string } = {}): TOTP {
  return new TOTP({ ...about, secret: Secret.fromBase32(secret), digits: 6, period: STEP_SECONDS })
}
