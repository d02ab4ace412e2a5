import { type ExecFileException, execFile, execFileSync } from 'node:child_process'
import { userInfo } from 'node:os'
import { promisify } from 'node:util'

/** PostgreSQL refuses to run as root. When Claviger does, its database runs as this system user. */
export type DatabaseUser = { uid: number; gid: number }

const NAME = 'postgres'
const PATIENCE_MS = 120_000

/** All the environment that the programs we start get: ours may hold secrets. */
const ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }

/** The user that the database runs as when Claviger runs as root, made if missing; null for "as ourselves". */
export function databaseUser(): DatabaseUser | null {
  if (userInfo().uid !== 0) return null
  return findUser() ?? createUser()
}

function findUser(): DatabaseUser | null {
  try {
    return { uid: idOf('-u'), gid: idOf('-g') }
  } catch {
    return null
  }
}

function createUser(): DatabaseUser {
  const options = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin']
  execFileSync('useradd', [...options, NAME], { env: ENVIRONMENT })
  return { uid: idOf('-u'), gid: idOf('-g') }
}

function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, NAME], { env: ENVIRONMENT, encoding: 'utf8', stdio: 'pipe' }))
}

type Result = { code: number; output: string }

/**
 * Runs one of PostgreSQL's own programs on a data directory, and returns its exit code and what it printed. With a
 * user it runs as that user; one that cannot pass through a directory above (a checkout below /root) is lent the
 * one capability it takes.
 */
export function runAs(
  user: DatabaseUser | null,
  program: string,
  args: string[],
  directory: string,
): Promise<Result> {
  if (!user) return run(program, args, {})
  if (reaches(user, program) && reaches(user, directory)) return run(program, args, user)
  const identity = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups']
  const capability = ['--inh-caps=-all,+dac_override', '--ambient-caps=-all,+dac_override']
  return run('setpriv', [...identity, ...capability, '--', program, ...args], {})
}

function reaches(user: DatabaseUser, path: string): boolean {
  try {
    execFileSync('test', ['-x', path], { ...user, env: ENVIRONMENT, stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

async function run(program: string, args: string[], user: Partial<DatabaseUser>): Promise<Result> {
  const options = { ...user, env: ENVIRONMENT, encoding: 'utf8', timeout: PATIENCE_MS } as const
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, options)
    return { code: 0, output: stdout + stderr }
  } catch (error) {
    const failure = error as ExecFileException
    if (typeof failure.code !== 'number') throw error
    return { code: failure.code, output: `${failure.stdout}${failure.stderr}` }
  }
}
