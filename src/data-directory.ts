import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from './config.ts'
import { newId } from './ids.ts'

/*
 *  claviger-data/
 *    secrets/     0700   root-key, database-password, setup-token: 0600 each
 *    database/    0700   the embedded PostgreSQL, open to its own system user only
 *    node         which node keeps its journal here
 *    journal/     the ledger's
 */

/** Makes the data directory if it is not there: nobody but us may look into it. */
export function openDataDirectory(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  mkdirSync(secretsIn(dataDir), { recursive: true, mode: 0o700 })
  chmodSync(secretsIn(dataDir), 0o700)
}

/** The node's id, made on the first start. It is the directory's: a copy of the directory is the same node. */
export function nodeIdIn(dataDir: string): string {
  return keep(join(dataDir, 'node'), () => newId('node'))
}

/** The secret `name`, or what `make` gives when there is none yet. Refuses one that others may read. */
export function keepSecret(
  dataDir: string,
  name: string,
  make: () => string,
): { value: string; made: boolean } {
  const path = join(secretsIn(dataDir), name)
  let made = false
  const value = keep(path, () => {
    made = true
    return make()
  })
  refuseReadable(path)
  return { value, made }
}

export function writeSecret(path: string, value: string): void {
  rmSync(path, { force: true })
  writeFileSync(path, `${value}\n`, { mode: 0o600, flag: 'wx' })
}

export function setupTokenPath(dataDir: string): string {
  return join(secretsIn(dataDir), 'setup-token')
}

export function secretsIn(dataDir: string): string {
  return join(dataDir, 'secrets')
}

/** Written once and whole: of several processes that start at once, all read what the first one wrote. */
function keep(path: string, make: () => string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const whole = `${path}.${process.pid}`
  writeFileSync(whole, `${make()}\n`, { mode: 0o600 })
  try {
    linkSync(whole, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(whole)
  }
  return readFileSync(path, 'utf8').trim()
}

function refuseReadable(path: string): void {
  if (process.platform === 'win32') return
  const mode = statSync(path).mode & 0o777
  if ((mode & 0o077) !== 0) {
    throw new ConfigError(`${path} can be read by others (mode ${mode.toString(8)}). Run: chmod 600 ${path}`)
  }
}
