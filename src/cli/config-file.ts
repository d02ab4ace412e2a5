import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { Failure } from './failure.ts'

/** What a session of the command line goes on with: `accessToken` until `expiresAt`, then `refreshToken`, once. */
const Tokens = z.strictObject({
  accessToken: z.string().min(1),
  refreshToken: z.string().min(1),
  expiresAt: z.iso.datetime(),
})

export type Tokens = z.output<typeof Tokens>

/**
 * Where `login` and `setup` leave what they got: an API token, the tokens of a session, or only a word that these are
 * in the keychain. It belongs to this server and is sent to no other.
 */
const ConfigFile = z.union([
  z.strictObject({ url: z.url(), token: z.string().min(1) }),
  z.strictObject({ url: z.url(), tokens: Tokens }),
  z.strictObject({ url: z.url(), keychain: z.literal(true) }),
])

export type ConfigFile = z.output<typeof ConfigFile>

export async function readConfigFile(path: string): Promise<ConfigFile | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new Failure('failed', `The settings file ${path} cannot be read.`, { cause })
  }
  try {
    return ConfigFile.parse(JSON.parse(text))
  } catch (cause) {
    throw new Failure('failed', `The settings file ${path} is not what "claviger login" writes.`, {
      cause,
      next: 'Delete it and run: claviger login',
    })
  }
}

/** The tokens of a session, as the keychain keeps them; null when it is something else. */
export function readTokens(text: string): Tokens | null {
  try {
    return Tokens.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** Written beside and renamed into place, so that a reader never sees half of it. */
export async function writeConfigFile(path: string, config: ConfigFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}`
  await writeFile(draft, `${JSON.stringify(ConfigFile.parse(config), null, 2)}\n`, {
    mode: 0o600,
    flag: 'wx',
  })
  await rename(draft, path)
}

export async function removeConfigFile(path: string): Promise<void> {
  await rm(path, { force: true })
}
