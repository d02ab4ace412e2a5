import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Cli, createCli } from '../../test/run-cli.ts'
import { createWorld, type World } from '../../test/world.ts'

const SECRET = 'sk-test-5f2e8b1c9d3a7046'

let world: World
let cli: Cli

beforeAll(async () => {
  world = await createWorld()
  cli = createCli({ CLAVIGER_URL: world.api.url, CLAVIGER_TOKEN: world.tokens.owner })
  await cli.run(['provider', 'create', '--name', 'openai', '--kind', 'openai'])
})

afterAll(async () => {
  cli[Symbol.dispose]()
  await world[Symbol.asyncDispose]()
})

let name = ''
beforeEach(() => {
  name = world.name()
})

const credential = (...more: string[]) => [
  'credential',
  'add',
  '--provider',
  'openai',
  '--name',
  name,
  ...more,
]
const key = (...more: string[]) => ['key', 'create', '--environment', 'main', '--name', name, ...more]

test('a secret is read from standard input, without its last line break, and printed nowhere', async () => {
  const { code, stdout, stderr } = await cli.run(credential('--from-stdin'), { stdin: `${SECRET}\n` })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/hint +…7046/)
  expect(stdout).not.toContain(SECRET)
})

test('a secret is read from a file', async () => {
  writeFileSync(join(cli.dir, 'key.txt'), `${SECRET}-2`)
  expect((await cli.run(credential('--from-file', 'key.txt'))).code).toBe(0)
  expect((await cli.run(credential('--from-file', 'no.txt'))).stderr).toContain('no.txt cannot be read')
})

test('a secret on the command line is refused, and not repeated', async () => {
  for (const given of [[`--secret=${SECRET}`], ['--secret', SECRET], [`--scret=${SECRET}`]]) {
    const { code, stderr } = await cli.run(credential(...given))
    expect(code).toBe(2)
    expect(stderr).not.toContain(SECRET)
  }
  expect((await cli.run(credential('--secret', SECRET))).stderr).toContain('--from-stdin')
})

test('nobody is asked when nobody is there: the command ends and says how to give the secret', async () => {
  const { code, stderr } = await cli.run(credential())
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('--from-stdin') })
})

test('an empty secret is refused', async () => {
  const { code, stderr } = await cli.run(credential('--from-stdin'), { stdin: '\n' })
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('empty') })
})

test('a new secret is the last line of standard output, and the warning is not', async () => {
  const { code, stdout, stderr } = await cli.run(key())
  expect(code).toBe(0)
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^sk-cvg-dev-\w{49}$/)
  expect(stderr).toContain('shown only once')
})

test('a new secret can go to a file that only its owner may read, and then is printed nowhere', async () => {
  for (const json of [[], ['--json']]) {
    name = world.name()
    const path = join(cli.dir, name)
    const { code, stdout, stderr } = await cli.run(key('--output-file', path, ...json))
    expect(code).toBe(0)
    const secret = readFileSync(path, 'utf8').trim()
    expect(secret).toMatch(/^sk-cvg-dev-\w{49}$/)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(stdout + stderr).not.toContain(secret)
  }
})

test('no key is made when there is no place for its secret', async () => {
  const path = join(cli.dir, 'taken')
  writeFileSync(path, 'precious')
  for (const place of [['--output-file', path], ['--output-file', 'no/such/place'], ['-q']]) {
    expect((await cli.run(key(...place))).code).toBe(2)
  }
  expect(readFileSync(path, 'utf8')).toBe('precious')
  expect((await cli.run(['key', 'get', name])).code).toBe(5)
})

test('no file is left behind when the server refuses', async () => {
  const path = join(cli.dir, 'left')
  const { code } = await cli.run(key('--output-file', path, '--expires', '-1d'))
  expect(code).toBe(2)
  expect(existsSync(path)).toBe(false)
})

test('a repeated command says that its secret was shown before', async () => {
  const create = key('--idempotency-key', name)
  expect((await cli.run(create)).stdout).toMatch(/sk-cvg-dev-\w{49}/)
  const { code, stdout, stderr } = await cli.run(create)
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('done before') })
  expect(stdout).not.toMatch(/sk-cvg-dev-\w{49}/)
})

test('a token or a key with characters that none has is refused, and not repeated', async () => {
  const broken = 'cvg_tök_en'
  const login = await cli.run(['login', '--token-stdin'], { stdin: broken })
  const list = await cli.run(['team', 'list'], { env: { CLAVIGER_TOKEN: broken } })
  const tested = await cli.run(['key', 'test'], { env: { CLAVIGER_API_KEY: broken } })
  for (const { code, stderr } of [login, list, tested]) {
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.not.stringContaining(broken) })
  }
})
