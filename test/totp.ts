import { Secret, TOTP } from 'otpauth'

/** What an authenticator app shows at `now`: `stepsAhead` later or, when negative, earlier. */
export function totpCode(secret: string, { now = new Date(), stepsAhead = 0 } = {}): string {
  const timestamp = now.getTime() + stepsAhead * 30_000
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp })
}
