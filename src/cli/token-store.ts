import {
  type ConfigFile,
  readConfigFile,
  readTokens,
  removeConfigFile,
  type Tokens,
  writeConfigFile,
} from './config-file.ts'
import { Failure } from './failure.ts'
import type { Keychain } from './keychain.ts'

/** Where the tokens of a session are kept: in the keychain when there is one, else in the settings file. */
export type TokenStore = {
  configFile: string
  /** Null: there is none, or it is not wanted. */
  openKeychain: () => Promise<Keychain | null>
}

/** Keeps the tokens of a new sign-in in place of whatever was kept before, and says where. */
export async function keepTokens(
  store: TokenStore,
  url: string,
  tokens: Tokens,
): Promise<'keychain' | 'file'> {
  await forgetTokens(store)
  const keychain = await store.openKeychain()
  try {
    await keychain?.set(url, JSON.stringify(tokens))
  } catch {
    return keepInFile(store, url, tokens)
  }
  if (keychain === null) return keepInFile(store, url, tokens)
  await writeConfigFile(store.configFile, { url, keychain: true })
  return 'keychain'
}

/** The tokens that are kept for this server; null when nobody signed in there. */
export async function loadTokens(store: TokenStore, url: string): Promise<Tokens | null> {
  const config = await readConfigFile(store.configFile)
  if (config === null || config.url !== url) return null
  if ('tokens' in config) return config.tokens
  return 'keychain' in config ? fromKeychain(store, url) : null
}

/** The next tokens of the same sign-in go where the ones before are. */
export async function replaceTokens(store: TokenStore, url: string, tokens: Tokens): Promise<void> {
  const config = await readConfigFile(store.configFile)
  if (config !== null && 'keychain' in config) {
    const keychain = await store.openKeychain()
    await keychain?.set(url, JSON.stringify(tokens))
  } else await writeConfigFile(store.configFile, { url, tokens })
}

/** Forgets what is kept, whatever it is. True when there was something. */
export async function forgetTokens(store: TokenStore): Promise<boolean> {
  // A file that cannot be read is removed as well.
  const config: ConfigFile | null | undefined = await readConfigFile(store.configFile).catch(() => undefined)
  if (config && 'keychain' in config) {
    const keychain = await store.openKeychain()
    // What a locked keychain keeps is of no use once it was signed out.
    await keychain?.remove(config.url).catch(() => {})
  }
  await removeConfigFile(store.configFile)
  return config !== null
}

async function keepInFile({ configFile }: TokenStore, url: string, tokens: Tokens): Promise<'file'> {
  await writeConfigFile(configFile, { url, tokens })
  return 'file'
}

async function fromKeychain(store: TokenStore, url: string): Promise<Tokens | null> {
  const keychain = await store.openKeychain()
  try {
    const text = await keychain?.get(url)
    return text ? readTokens(text) : null
  } catch (cause) {
    throw new Failure('failed', 'The keychain does not open.', {
      cause,
      next: 'Unlock it, or sign in without it: CLAVIGER_NO_KEYCHAIN=1 claviger login',
    })
  }
}
