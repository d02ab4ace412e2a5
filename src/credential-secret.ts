import type { Keyring, Sealed, SealedFor } from './keyring.ts'

/** Seals a provider's secret for one version of one credential's row: it opens nowhere else. */
export function sealCredential(
  keyring: Keyring,
  credentialId: string,
  secretVersion: number,
  secret: string,
): Sealed {
  return keyring.seal(secret, sealedFor(credentialId, secretVersion))
}

/** The provider's secret in a credential's row. Only what calls the provider opens it. */
export function openCredential(
  keyring: Keyring,
  row: Sealed & { id: string; secretVersion: number },
): string {
  return keyring.open(row, sealedFor(row.id, row.secretVersion))
}

function sealedFor(rowId: string, version: number): SealedFor {
  return { purpose: 'credential', table: 'credentials', column: 'sealed_secret', rowId, version }
}
