import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { Failure } from './failure.ts'

/** Where `login` and `setup` leave the token. It belongs to this server and is sent to no other. */
const ConfigFile = z.strictObject({ url: z.url(), token: z.string().min(1) })

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
      next: 'Delete it and run: claviger login --token-stdin',
    })
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

/** True when there was one. */
export async function removeConfigFile(path: string): Promise<boolean> {
  const existed = (await readConfigFile(path).catch(() => true)) !== null
  await rm(path, { force: true })
  return existed
}
