import type { Keyring, Sealed, SealedFor } from './keyring.ts'

/** What a channel needs to be reached. */
export type ChannelSecret = {
  url: string
  /** Of a webhook, null for Slack: what it signs with, and the one before until its time is over. */
  signing: { current: string; previous: { secret: string; until: string } | null } | null
}

/** Seals it for one version of one channel's row: it opens nowhere else. */
export function sealChannel(
  keyring: Keyring,
  channelId: string,
  version: number,
  secret: ChannelSecret,
): Sealed {
  return keyring.seal(JSON.stringify(secret), sealedFor(channelId, version))
}

export function openChannel(
  keyring: Keyring,
  row: Sealed & { id: string; secretVersion: number },
): ChannelSecret {
  return JSON.parse(keyring.open(row, sealedFor(row.id, row.secretVersion)))
}

function sealedFor(rowId: string, version: number): SealedFor {
  return { purpose: 'channel', table: 'channels', column: 'sealed_secret', rowId, version }
}
