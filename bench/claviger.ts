import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { type Budgets, configure, createBudgets, deleteBudgets } from './claviger-setup.ts'
import { adopt, moveToCore, start, waitFor } from './processes.ts'
import { descendantsOf } from './procfs.ts'
import { gatewayCore, helperCore, ports, repoDir } from './settings.ts'
import { plainTarget, type Target } from './target.ts'

/** Claviger as anyone runs it, on an embedded PostgreSQL in a new data directory, with every rule in force. */
export async function startClaviger(
  tempDir: string,
  { lowPriority = true, ...budgets }: Budgets & { lowPriority?: boolean } = {},
): Promise<Target> {
  const tokenFile = tokenFileIn(tempDir)
  const command = [process.execPath, '--max-semi-space-size=16', 'src/main.js']
  const env = {
    ...environment(tempDir),
    CLAVIGER_SETUP_ORGANIZATION: 'Bench',
    CLAVIGER_SETUP_EMAIL: 'bench@bench.example',
    CLAVIGER_SETUP_TOKEN_FILE: tokenFile,
  }
  const claviger = start('claviger', gatewayCore, command, { cwd: repoDir, env })
  await waitFor('claviger', claviger, () => isReady(), 120_000)
  const database = databaseOf(tempDir)
  adopt(claviger.pid, database())
  // Connections opened later are forked from the postmaster and stay on its core.
  for (const pid of database()) {
    moveToCore(pid, helperCore)
    // It shares that core with the clock: a batch of usage rows must not hold up the load that is measured.
    if (lowPriority) setPriority(pid, constants.priority.PRIORITY_LOW)
  }

  const keysFile = join(tempDir, 'keys')
  // A directory that is kept from run to run has them already.
  if (!existsSync(keysFile)) {
    const secrets = await configure(baseUrl, readFileSync(tokenFile, 'utf8').trim(), budgets)
    writeFileSync(keysFile, secrets.join('\n'), { mode: 0o600 })
  }
  return {
    ...plainTarget('claviger', ports.claviger, [claviger.pid]),
    helperPids: database,
    keysFile,
  }
}

/** Runs something while the calls of `startClaviger`'s keys are held in no budget. */
export async function withoutBudgets<T>(tempDir: string, run: () => Promise<T>): Promise<T> {
  const token = readFileSync(tokenFileIn(tempDir), 'utf8').trim()
  const scopes = await deleteBudgets(baseUrl, token)
  try {
    return await run()
  } finally {
    await createBudgets(baseUrl, token, scopes)
  }
}

/** One more gateway on the database of the first, which may be one of several. */
export async function startNode(tempDir: string, index: number): Promise<Target> {
  const first = dataDirIn(tempDir)
  const port = ports.claviger + index
  const env = {
    ...environment(tempDir),
    PORT: String(port),
    ROLES: 'gateway',
    CLAVIGER_DATA_DIR: join(tempDir, `node-${index}`),
    CLAVIGER_ROOT_KEY_FILE: join(first, 'secrets', 'root-key'),
    DATABASE_URL: databaseUrlIn(tempDir),
  }
  const command = [process.execPath, '--max-semi-space-size=16', 'src/main.js']
  const node = start(`node ${index}`, gatewayCore, command, { cwd: repoDir, env })
  await waitFor(`node ${index}`, node, () => isReady(`http://127.0.0.1:${port}`), 120_000)
  return { ...plainTarget('claviger', port, [node.pid]), keysFile: join(tempDir, 'keys') }
}

/** Where the embedded PostgreSQL of the first node answers. */
export function databaseUrlIn(tempDir: string, user = 'claviger'): string {
  const first = dataDirIn(tempDir)
  const [, , , port] = readFileSync(join(databaseDirIn(tempDir), 'postmaster.pid'), 'utf8').split('\n')
  const password = readFileSync(join(first, 'secrets', 'database-password'), 'utf8').trim()
  return `postgres://${user}:${password}@127.0.0.1:${port}/claviger`
}

export function databaseDirIn(tempDir: string): string {
  return join(dataDirIn(tempDir), 'database')
}

const baseUrl = `http://127.0.0.1:${ports.claviger}`

/** Nothing of the caller's own Claviger settings may leak into the run. */
function environment(tempDir: string): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG } = process.env
  return {
    PATH,
    HOME,
    LANG,
    PORT: String(ports.claviger),
    CLAVIGER_HOST: '127.0.0.1',
    CLAVIGER_DATA_DIR: dataDirIn(tempDir),
    CLAVIGER_PRIVATE_UPSTREAMS: '127.0.0.1/32',
    CLAVIGER_LOG_LEVEL: 'warn',
  }
}

async function isReady(url = baseUrl): Promise<boolean> {
  const answer = await fetch(`${url}/readyz`).catch(() => null)
  await answer?.body?.cancel()
  return answer?.status === 200
}

/** The processes of its PostgreSQL: a daemon, which is not Claviger's child. */
function databaseOf(tempDir: string): () => number[] {
  const pidFile = readFileSync(join(databaseDirIn(tempDir), 'postmaster.pid'), 'utf8')
  const postmaster = Number(pidFile.split('\n', 1)[0])
  return () => [postmaster, ...descendantsOf(postmaster)]
}

function tokenFileIn(tempDir: string): string {
  return join(tempDir, 'owner-token')
}

function dataDirIn(tempDir: string): string {
  return join(tempDir, 'claviger-data')
}
