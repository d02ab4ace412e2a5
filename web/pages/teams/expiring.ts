const SOON_MS = 14 * 24 * 3_600_000

/** Of these keys, those that end within two weeks, soonest first. */
export function expiringSoon<Key extends { expiresAt: string | null }>(keys: Key[], now = Date.now()): Key[] {
  const endOf = ({ expiresAt }: Key) =>
    expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt)
  return keys
    .filter((key) => endOf(key) >= now && endOf(key) - now <= SOON_MS)
    .sort((one, other) => endOf(one) - endOf(other))
}
