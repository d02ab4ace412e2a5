import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { testApp } from '../../test/app.ts'
import { serveControlPlane } from '../../test/control-plane.ts'
import { createCli } from '../../test/run-cli.ts'
import { createSetupToken } from '../actions/setup.ts'
import { createApi } from '../api/app.ts'

/** A listener on a loopback port of its own. */
async function listen(onRequest: Parameters<typeof createServer>[1]) {
  const server = createServer(onRequest).listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  // A listening TCP server has an address of this shape.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

test('setup makes a new installation its owner’s, keeps the token for later commands and works once', async () => {
  await using app = await testApp()
  await using server = await listen(createApi(app))
  using cli = createCli({ CLAVIGER_URL: server.url, CLAVIGER_DATA_DIR: app.config.dataDir })
  const setup = ['setup', '--organization', 'Acme', '--email', 'Ada@acme.example', '--name', 'Ada']
  expect((await cli.run(setup)).code).toBe(2)

  await createSetupToken(app)
  const { code, stdout, stderr } = await cli.run(setup)
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringContaining('signed in as ada@acme.example'),
  })
  expect(stdout).toMatch(/^cvg_tok_\w+\n$/)
  const path = join(cli.dir, 'claviger', 'config.json')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ url: server.url, token: stdout.trim() })
  expect((await cli.run(['team', 'create', '--name', 'Search'])).code).toBe(0)

  const again = await cli.run([...setup, '--from-stdin'], { stdin: 'cvg_setup_again' })
  expect(again).toMatchObject({ code: 5, stderr: expect.stringContaining('set up already') })
  expect((await cli.run(['whoami'])).stdout).toContain('ada@acme.example')
})

test('setup takes the token from the whole link too, and leaves nothing when it is wrong', async () => {
  await using app = await testApp()
  await using server = await listen(createApi(app))
  using cli = createCli({ CLAVIGER_URL: server.url })
  const setup = [
    'setup',
    '--organization',
    'Acme',
    '--email',
    'ada@acme.example',
    '--name',
    'Ada',
    '--from-stdin',
  ]
  const wrong = await cli.run([...setup, '--output-file', 'token'], { stdin: 'cvg_setup_wrong' })
  expect(wrong).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('not valid') })
  expect([existsSync(join(cli.dir, 'token')), existsSync(join(cli.dir, 'claviger'))]).toEqual([false, false])

  const link = `${server.url}/setup?token=${await createSetupToken(app)}`
  const { code, stdout, stderr } = await cli.run([...setup, '--output-file', 'token'], { stdin: `${link}\n` })
  const secret = readFileSync(join(cli.dir, 'token'), 'utf8').trim()
  expect(code).toBe(0)
  expect(secret).toMatch(/^cvg_tok_/)
  expect(stdout + stderr).not.toContain(secret)
})

test('login keeps a token that works and no other; logout forgets it', async () => {
  await using app = await testApp()
  await using api = await serveControlPlane(app)
  using cli = createCli()
  const login = ['login', '--url', api.url, '--token-stdin']
  expect((await cli.run(login, { stdin: 'cvg_tok_wrong' })).code).toBe(4)
  expect(existsSync(join(cli.dir, 'claviger'))).toBe(false)

  const { code, stdout, stderr } = await cli.run(login, { stdin: `${api.owner}\n` })
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: '',
    stderr: expect.stringContaining('owner@example.com'),
  })
  expect((await cli.run(['team', 'list'])).code).toBe(0)
  expect((await cli.run(['logout'])).code).toBe(0)
  expect((await cli.run(['team', 'list'])).code).toBe(4)
})

test('a stored token is sent to the server it came from, and to no other', async () => {
  const seen: (string | undefined)[] = []
  await using other = await listen((request, response) => {
    seen.push(request.headers.authorization)
    response.end('{}')
  })
  await using app = await testApp()
  await using api = await serveControlPlane(app)
  using cli = createCli()
  await cli.run(['login', '--url', api.url, '--token-stdin'], { stdin: api.owner })
  for (const args of [['team', 'list'], ['api', 'GET', '/v1/teams'], ['whoami']]) {
    await cli.run([...args, '--url', other.url])
    await cli.run(args, { env: { CLAVIGER_URL: other.url } })
  }
  expect(new Set(seen)).toEqual(new Set([undefined]))
})

test('a token may come from a file that a variable names', async () => {
  await using app = await testApp()
  await using api = await serveControlPlane(app)
  using cli = createCli({ CLAVIGER_URL: api.url, CLAVIGER_TOKEN_FILE: 'token' })
  writeFileSync(join(cli.dir, 'token'), `${api.owner}\n`)
  expect((await cli.run(['whoami', '--json'])).stdout).toContain('owner@example.com')
})

test('a settings file that is broken is named', async () => {
  using cli = createCli()
  const config = join(cli.dir, 'claviger', 'config.json')
  mkdirSync(join(cli.dir, 'claviger'))
  writeFileSync(config, '{')
  expect(await cli.run(['team', 'list'])).toMatchObject({ code: 1, stderr: expect.stringContaining(config) })
})

test('a Node that cannot run TypeScript says so', () => {
  const launcher = resolve(import.meta.dirname, 'claviger.js')
  const { status, stderr } = spawnSync(process.execPath, [
    '--no-experimental-strip-types',
    launcher,
    'team',
    'list',
  ])
  expect(status).toBe(1)
  expect(String(stderr)).toMatch(/^Error: claviger needs Node 24/)
})
