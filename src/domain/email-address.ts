/**
 * The one form of an e-mail address that we keep, look up and count by; null for what is none. Compatibility forms
 * (full-width letters, the Kelvin sign) become what they look like, and a local part beyond ASCII is refused: no two
 * addresses that look the same are two people here.
 */
export function canonicalEmail(text: string): string | null {
  const email = text.normalize('NFKC').trim().toLowerCase()
  return email.length <= MAX_LENGTH && ADDRESS.test(email) ? email : null
}

/** RFC 5321, section 4.5.3.1.3. */
const MAX_LENGTH = 254
const ADDRESS =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/
