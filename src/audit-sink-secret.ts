import type { Keyring, Sealed, SealedFor } from './keyring.ts'

/** Seals what one sink's webhook is signed with: it opens nowhere else. */
export function sealAuditSink(keyring: Keyring, sinkId: string, secret: string): Sealed {
  return keyring.seal(secret, sealedFor(sinkId))
}

export function openAuditSink(keyring: Keyring, sinkId: string, sealed: Sealed): string {
  return keyring.open(sealed, sealedFor(sinkId))
}

function sealedFor(rowId: string): SealedFor {
  return { purpose: 'audit-sink', table: 'audit_sinks', column: 'sealed_secret', rowId, version: 1 }
}
