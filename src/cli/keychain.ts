/** Where the operating system keeps secrets of its person. All three throw when it cannot be reached or is locked. */
export type Keychain = {
  get(account: string): Promise<string | null>
  set(account: string, secret: string): Promise<void>
  remove(account: string): Promise<void>
}

const SERVICE = 'claviger'
/** It may have to be unlocked by hand. */
const PATIENCE_MS = 60_000

/** The keychain of macOS, Windows, or of a Linux desktop; null where there is none, as in a container. */
export async function openKeychain(): Promise<Keychain | null> {
  try {
    const { AsyncEntry } = await import('@napi-rs/keyring')
    // Not the keyring of the kernel, which forgets with the next start.
    const entry = (account: string) =>
      new AsyncEntry(SERVICE, account, { linux: { store: 'secret-service' } })
    const patience = () => AbortSignal.timeout(PATIENCE_MS)
    return {
      get: (account) => entry(account).getPassword(patience()),
      set: (account, secret) => entry(account).setPassword(secret, patience()),
      async remove(account) {
        await entry(account).deleteCredential(patience())
      },
    }
  } catch {
    // A platform without a prebuilt binding is one without a keychain.
    return null
  }
}
