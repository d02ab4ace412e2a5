import type { Keyring, Sealed, SealedFor } from './keyring.ts'

/** Seals the client secret of a connection for one version of its row: it opens nowhere else. */
export function sealClientSecret(
  keyring: Keyring,
  connectionId: string,
  version: number,
  secret: string,
): Sealed {
  return keyring.seal(secret, sealedFor(connectionId, version))
}

/** Null for a public client, which has none. */
export function openClientSecret(
  keyring: Keyring,
  row: { id: string; secretVersion: number; sealedDataKey: Buffer | null; sealedSecret: Buffer | null },
): string | null {
  const { id, secretVersion, sealedDataKey, sealedSecret } = row
  if (sealedDataKey === null || sealedSecret === null) return null
  return keyring.open({ sealedDataKey, sealedSecret }, sealedFor(id, secretVersion))
}

function sealedFor(rowId: string, version: number): SealedFor {
  return { purpose: 'connection', table: 'connections', column: 'sealed_secret', rowId, version }
}
