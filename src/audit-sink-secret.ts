import type { Keyring, Sealed, SealedFor } from './keyring.ts'

/** What a webhook is signed with, and the one before until its time is over. */
export type SinkSecret = { current: string; previous: { secret: string; until: string } | null }

/** Seals it for one version of one sink's row: it opens nowhere else. */
export function sealAuditSink(keyring: Keyring, sinkId: string, version: number, secret: SinkSecret): Sealed {
  return keyring.seal(JSON.stringify(secret), sealedFor(sinkId, version))
}

export function openAuditSink(
  keyring: Keyring,
  row: Sealed & { id: string; secretVersion: number },
): SinkSecret {
  const text = keyring.open(row, sealedFor(row.id, row.secretVersion))
  // One that was never replaced may be sealed by itself.
  return text.startsWith('whsec_') ? { current: text, previous: null } : JSON.parse(text)
}

function sealedFor(rowId: string, version: number): SealedFor {
  return { purpose: 'audit-sink', table: 'audit_sinks', column: 'sealed_secret', rowId, version }
}
