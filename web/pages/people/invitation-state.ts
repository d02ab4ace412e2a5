type Invitation = { acceptedAt: string | null; revokedAt: string | null; expiresAt: string }

/** Neither accepted nor taken back: it waits, or its time ran out and it can be sent once more. */
export function isOpen({ acceptedAt, revokedAt }: Invitation): boolean {
  return acceptedAt === null && revokedAt === null
}

export function hasLapsed({ expiresAt }: Invitation, now = Date.now()): boolean {
  return Date.parse(expiresAt) <= now
}
