import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { testDatabase } from '../test/database.ts'
import { type Program, startProgram, testDataDirectory } from '../test/program.ts'
import { call } from './contract/client.ts'
import { environmentCreate } from './contract/environments.ts'
import { keyCreate } from './contract/keys.ts'
import { projectCreate } from './contract/projects.ts'
import { teamCreate } from './contract/teams.ts'
import { connectOnce } from './db/connect.ts'

const READY = 'Set it up within'
const started: Program[] = []

function start(variables: Record<string, string>): Program {
  const program = startProgram(variables)
  started.push(program)
  return program
}

afterEach(async () => {
  for (const program of started.splice(0)) {
    program.process.kill('SIGTERM')
    await program.ended
  }
})

describe('on its own database', () => {
  test('it starts from nothing, survives kill -9, refuses a second process, and stops cleanly', async () => {
    using dataDir = testDataDirectory()
    const first = start({ CLAVIGER_DATA_DIR: dataDir.path })
    const said = await first.untilSaid(READY)
    expect(said).toContain('root key        made')
    expect(said).toContain('embedded PostgreSQL ready')
    expect(said).toContain('demo provider   connected')
    expect(said).toContain('listening on loopback')
    expect(said).toMatch(/open\n {2}http:\/\/127\.0\.0\.1:\d+\/setup\?token=cvg_setup_/)
    for (const secret of ['root-key', 'database-password', 'setup-token']) {
      expect(statSync(join(dataDir.path, 'secrets', secret)).mode & 0o777).toBe(0o600)
    }
    expect(statSync(join(dataDir.path, 'secrets')).mode & 0o777).toBe(0o700)
    expect(statSync(join(dataDir.path, 'database')).mode & 0o777).toBe(0o700)
    expect(statSync(dataDir.path).mode & 0o007).toBe(0)

    const second = start({ CLAVIGER_DATA_DIR: dataDir.path })
    expect(await second.ended).toBe(1)
    expect(second.said()).toContain(`Another Claviger is running on the data directory ${dataDir.path}`)
    expect((await fetch(`${addressIn(said)}/readyz`)).status).toBe(200)

    const database = postmasterOf(dataDir.path)
    first.process.kill('SIGKILL')
    expect(await first.ended).toBe('SIGKILL')
    expect(isAlive(database)).toBe(true)

    const third = start({ CLAVIGER_DATA_DIR: dataDir.path })
    expect(await third.untilSaid(READY)).toContain('adopted from an earlier run')
    expect(postmasterOf(dataDir.path)).toBe(database)

    third.process.kill('SIGTERM')
    expect(await third.ended).toBe(0)
    expect(existsSync(join(dataDir.path, 'database', 'postmaster.pid'))).toBe(false)
  }, 90_000)

  test('a database that dies is started again, and everything heals by itself', async () => {
    using dataDir = testDataDirectory()
    const program = start({ CLAVIGER_DATA_DIR: dataDir.path })
    const readyz = `${addressIn(await program.untilSaid(READY))}/readyz?verbose`
    process.kill(postmasterOf(dataDir.path), 'SIGKILL')
    await expect.poll(() => statusOf(readyz), { timeout: 10_000, interval: 50 }).toBe(503)
    await expect.poll(() => statusOf(readyz), { timeout: 30_000 }).toBe(200)
    await program.untilSaid('starting it again')
    program.process.kill('SIGTERM')
    expect(await program.ended).toBe(0)
  }, 90_000)
})

describe('it refuses to start', () => {
  test.each<[string, Record<string, string>, string]>([
    ['with an unknown variable', { CLAVIGER_ROOTKEY: 'x' }, 'Did you mean CLAVIGER_ROOT_KEY?'],
    ['with a malformed value', { PORT: 'http' }, 'PORT: expected a whole number from 0 to 65535'],
    ['with a short root key', { CLAVIGER_ROOT_KEY: 'YWJj' }, 'CLAVIGER_ROOT_KEY: the root key has 3 bytes'],
    ['with a well-known root key', { CLAVIGER_ROOT_KEY: Buffer.alloc(32).toString('base64') }, 'is weak'],
    [
      'without the verification of TLS',
      { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      'NODE_TLS_REJECT_UNAUTHORIZED=0',
    ],
  ])('%s, before it touches anything', async (_, variables, reason) => {
    using dataDir = testDataDirectory()
    const program = start({ CLAVIGER_DATA_DIR: dataDir.path, ...variables })
    expect(await program.ended).toBe(1)
    expect(program.said()).toContain(`Claviger does not start.`)
    expect(program.said()).toContain(reason)
    expect(existsSync(join(dataDir.path, 'database'))).toBe(false)
  })

  test('with a root key that others may read', async () => {
    await using database = await testDatabase()
    using dataDir = testDataDirectory()
    const variables = { CLAVIGER_DATA_DIR: dataDir.path, DATABASE_URL: database.url }
    const first = start(variables)
    await first.untilSaid(READY)
    first.process.kill('SIGTERM')
    await first.ended
    chmodSync(join(dataDir.path, 'secrets', 'root-key'), 0o640)
    const second = start(variables)
    expect(await second.ended).toBe(1)
    expect(second.said()).toContain('root-key can be read by others (mode 640)')
  })

  test('with a root key that did not seal this database', async () => {
    await using database = await testDatabase()
    using dataDir = testDataDirectory()
    const variables = { CLAVIGER_DATA_DIR: dataDir.path, DATABASE_URL: database.url }
    const first = start(variables)
    await first.untilSaid(READY)
    first.process.kill('SIGTERM')
    await first.ended
    const second = start({ ...variables, CLAVIGER_ROOT_KEY: randomBytes(32).toString('base64') })
    expect(await second.ended).toBe(1)
    expect(second.said()).toContain('The root key is not the one that sealed this database')
  })

  test('beside an older version that serves the gateway alone', async () => {
    await using database = await testDatabase()
    using dataDir = testDataDirectory()
    const older = await connectOnce(database.url, 'older')
    await older.query("select pg_advisory_lock(7236503, hashtext('gateway'))")
    const program = start({ CLAVIGER_DATA_DIR: dataDir.path, DATABASE_URL: database.url })
    expect(await program.ended).toBe(1)
    expect(program.said()).toContain('An older Claviger serves the gateway of this database')
    await older.end()
  })

  test('when the database cannot be reached, without telling its password', async () => {
    using dataDir = testDataDirectory()
    const program = start({
      CLAVIGER_DATA_DIR: dataDir.path,
      DATABASE_URL: 'postgres://ada:hunter2@127.0.0.1:1/keys',
    })
    expect(await program.ended).toBe(1)
    expect(program.said()).toContain('The database keys at 127.0.0.1:1 cannot be reached.')
    expect(program.said()).not.toContain('hunter2')
  })

  test('on a port that is taken, and leaves no database behind', async () => {
    using one = testDataDirectory()
    using two = testDataDirectory()
    await using database = await testDatabase()
    const first = start({ CLAVIGER_DATA_DIR: one.path, DATABASE_URL: database.url })
    const { port } = new URL(addressIn(await first.untilSaid(READY)))
    const second = start({ CLAVIGER_DATA_DIR: two.path, PORT: port })
    expect(await second.ended).toBe(1)
    expect(second.said()).toContain(`127.0.0.1:${port} cannot be listened on`)
    expect(existsSync(join(two.path, 'database', 'postmaster.pid'))).toBe(false)
  })
})

test('several processes may start at once on an empty database', async () => {
  await using database = await testDatabase({ migrated: false })
  using one = testDataDirectory()
  using two = testDataDirectory()
  using three = testDataDirectory()
  const CLAVIGER_ROOT_KEY = randomBytes(32).toString('base64')
  const directories = [one, two, three]
  const programs = directories.map(({ path }) =>
    start({ DATABASE_URL: database.url, CLAVIGER_ROOT_KEY, CLAVIGER_DATA_DIR: path, ROLES: 'api,jobs' }),
  )
  const said = await Promise.all(programs.map((program) => program.untilSaid(READY)))
  const applied = said.map((text) => Number(/(\d+) applied/.exec(text)?.[1]))
  const total = Number(/(\d+) in all/.exec(said[0] ?? '')?.[1])
  expect(applied.sort()).toEqual([0, 0, total])
  expect(said.filter((text) => text.includes('demo provider'))).toHaveLength(1)
})

test('a headless set-up happens once and leaves the owner a token that works', async () => {
  await using database = await testDatabase()
  using dataDir = testDataDirectory()
  const tokenFile = join(dataDir.path, 'owner-token')
  const variables = {
    CLAVIGER_DATA_DIR: dataDir.path,
    DATABASE_URL: database.url,
    CLAVIGER_SETUP_ORGANIZATION: 'Acme',
    CLAVIGER_SETUP_EMAIL: 'Ada@example.com',
    CLAVIGER_SETUP_TOKEN_FILE: tokenFile,
  }
  const first = start(variables)
  const said = await first.untilSaid(`The owner's API token is in ${tokenFile}`)
  expect(said).not.toContain('cvg_')
  expect(statSync(tokenFile).mode & 0o777).toBe(0o600)
  const token = readFileSync(tokenFile, 'utf8').trim()
  const headers = { authorization: `Bearer ${token}` }
  const organization = await fetch(`${addressIn(said)}/api/v1/organization`, { headers })
  expect(await organization.json()).toMatchObject({ name: 'Acme' })

  first.process.kill('SIGTERM')
  await first.ended
  const second = start(variables)
  await second.untilSaid('reachable')
  expect(readFileSync(tokenFile, 'utf8').trim()).toBe(token)
  expect(second.said()).not.toContain('Set up.')
  second.process.kill('SIGTERM')
  await second.ended

  rmSync(tokenFile)
  const third = start(variables)
  const again = await third.untilSaid(`A new API token for ada@example.com is in ${tokenFile}`)
  const newHeaders = { authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` }
  expect((await fetch(`${addressIn(again)}/api/v1/organization`, { headers: newHeaders })).status).toBe(200)
  third.process.kill('SIGTERM')
  await third.ended

  rmSync(tokenFile)
  const stranger = start({ ...variables, CLAVIGER_SETUP_EMAIL: 'bob@example.com' })
  expect(await stranger.ended).toBe(1)
  expect(stranger.said()).toContain(
    'Claviger does not start. CLAVIGER_SETUP_EMAIL: "bob@example.com" is not an active owner',
  )
}, 90_000)

describe('on SIGTERM', () => {
  test('it is not ready at once, the stream under way finishes and is booked, and it exits with 0', async () => {
    await using database = await testDatabase()
    using dataDir = testDataDirectory()
    const { program, url, key } = await startWithKey(database.url, dataDir.path)
    const stream = await callDemo(url, key, 'demo/slow')
    program.process.kill('SIGTERM')
    await expect.poll(() => statusOf(`${url}/readyz`), { interval: 20 }).toBe(503)
    expect(await stream.text()).toMatch(/"usage":\{.*data: \[DONE\]\s*$/s)
    expect(await program.ended).toBe(0)
    expect(await usageIn(database.url)).toEqual([{ status: 200, estimated: false }])
  })

  test('a second one cuts what is under way: it still ends within five seconds, and books the call', async () => {
    await using database = await testDatabase()
    using dataDir = testDataDirectory()
    const { program, url, key } = await startWithKey(database.url, dataDir.path)
    const answer = callDemo(url, key, 'demo/stall').then((stream) => stream.text())
    const metrics = () => fetch(`${url}/metrics`).then((answer) => answer.text())
    await expect.poll(metrics).toMatch(/^claviger_ledger_open_calls 1$/m)
    program.process.kill('SIGTERM')
    await program.untilSaid('Stopping')
    const began = performance.now()
    program.process.kill('SIGTERM')
    await expect(answer).rejects.toThrow()
    await program.ended
    expect(performance.now() - began).toBeLessThan(6_500)
    expect(await usageIn(database.url)).toMatchObject([{ estimated: true }])
  })
})

/** A running installation with an environment and a key for it. */
async function startWithKey(databaseUrl: string, dataDir: string) {
  const tokenFile = join(dataDir, 'owner-token')
  const program = start({
    CLAVIGER_DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    CLAVIGER_SETUP_ORGANIZATION: 'Acme',
    CLAVIGER_SETUP_EMAIL: 'ada@example.com',
    CLAVIGER_SETUP_TOKEN_FILE: tokenFile,
  })
  const url = addressIn(await program.untilSaid("The owner's API token is in"))
  const client = { baseUrl: url, token: readFileSync(tokenFile, 'utf8').trim(), fetch }
  const team = await call(client, teamCreate, { body: { name: 'Search' } })
  const project = await call(client, projectCreate, { body: { teamId: team.id, name: 'Checkout' } })
  const place = { projectId: project.id, name: 'dev', kind: 'development' as const }
  const environment = await call(client, environmentCreate, { body: place })
  const { secret } = await call(client, keyCreate, { body: { environmentId: environment.id, name: 'first' } })
  return { program, url, key: secret }
}

function callDemo(url: string, key: string, model: string): Promise<Response> {
  const messages = [{ role: 'user', content: 'Say something that takes a while.' }]
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream: true, messages }),
  })
}

async function usageIn(databaseUrl: string): Promise<unknown[]> {
  const client = await connectOnce(databaseUrl, 'test')
  try {
    return (await client.query('select status, estimated from usage')).rows
  } finally {
    await client.end()
  }
}

function addressIn(said: string): string {
  return new URL(/health +(\S+)/.exec(said)?.[1] ?? '').origin
}

function postmasterOf(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'database', 'postmaster.pid'), 'utf8').split('\n')[0])
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function statusOf(url: string): Promise<number> {
  return (await fetch(url)).status
}
