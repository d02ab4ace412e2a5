import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GatewayWorld, gatewayWorld } from '../../test/gateway-world.ts'
import { createCli } from '../../test/run-cli.ts'
import { type TestIssuer, testIssuer } from '../../test/test-issuer.ts'

const AUDIENCE = 'https://claviger.example.com'
const SUBJECT = 'system:serviceaccount:shop:checkout'

let world: GatewayWorld
let issuer: TestIssuer
beforeAll(async () => {
  world = await gatewayWorld()
  issuer = await testIssuer(AUDIENCE)
  using cli = createCli({ CLAVIGER_URL: world.url, CLAVIGER_TOKEN: world.api.owner })
  const place = ['--service-account', 'Search/Site/main', '--environment', 'Search/Site/main']
  const whom = ['--issuer', issuer.url, '--audience', AUDIENCE, '--claim', `sub=${SUBJECT}`]
  const may = ['--operation', 'models', '--budget', '5/month', '--ttl', '5m']
  const made = await cli.run([
    'trust-rule',
    'create',
    ...place,
    '--name',
    'cluster',
    ...whom,
    ...may,
    '--json',
  ])
  expect([made.code, made.stderr]).toEqual([0, ''])
  expect(JSON.parse(made.stdout)).toMatchObject({
    name: 'cluster',
    ttlSeconds: 300,
    claims: { sub: SUBJECT },
  })
  const listed = await cli.run(['trust-rule', 'list'])
  expect(listed.stdout).toContain('cluster')
})
afterAll(async () => {
  await issuer?.[Symbol.asyncDispose]()
  await world?.[Symbol.asyncDispose]()
})

const works = async (key: string) => {
  using cli = createCli({ CLAVIGER_URL: world.url, CLAVIGER_API_KEY: key })
  return (await cli.run(['key', 'test'])).code
}

test('a pod exchanges the token in its file for a key, and replaces that of before', async () => {
  using cli = createCli({ CLAVIGER_URL: world.url })
  writeFileSync(join(cli.dir, 'token'), `${await issuer.sign({ sub: SUBJECT })}\n`)
  const path = join(cli.dir, 'key')
  const keys: string[] = []
  for (let i = 0; i < 2; i++) {
    const { code, stdout, stderr } = await cli.run([
      'exchange',
      '--token-file',
      'token',
      '--output-file',
      'key',
    ])
    expect([code, stdout, stderr]).toEqual([0, '', expect.stringContaining('300 seconds')])
    expect(statSync(path).mode & 0o777).toBe(0o600)
    keys.push(readFileSync(path, 'utf8').trim())
  }
  expect(keys[0]).not.toBe(keys[1])
  expect(await works(keys[1] ?? '')).toBe(0)
})

test('a job of GitLab has its token in a variable', async () => {
  using cli = createCli({ CLAVIGER_URL: world.url, CLAVIGER_ID_TOKEN: await issuer.sign({ sub: SUBJECT }) })
  const { code, stdout } = await cli.run(['exchange'])
  expect(code).toBe(0)
  expect(await works(stdout.trim())).toBe(0)
})

test('a job of GitHub asks for one that is for us', async () => {
  const asked: unknown[] = []
  const github = createServer(async (request, response) => {
    asked.push([request.url, request.headers.authorization])
    response.end(JSON.stringify({ value: await issuer.sign({ sub: SUBJECT }) }))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => github.once('listening', resolve))
  // A listening TCP server has an address of this shape.
  const { port } = github.address() as AddressInfo
  using cli = createCli({
    CLAVIGER_URL: world.url,
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-the-job',
  })
  const { code, stdout } = await cli.run(['exchange', '--audience', AUDIENCE, '--json'])
  github.close()
  expect([code, asked]).toEqual([
    0,
    [[`/token?api-version=2.0&audience=${encodeURIComponent(AUDIENCE)}`, 'Bearer of-the-job']],
  ])
  expect(await works(JSON.parse(stdout).key)).toBe(0)
})

test('who is not trusted is told so, and that why is for others to see', async () => {
  const sub = 'system:serviceaccount:other:checkout'
  using cli = createCli({ CLAVIGER_URL: world.url, CLAVIGER_ID_TOKEN: await issuer.sign({ sub }) })
  const refused = await cli.run(['exchange'])
  expect([refused.code, refused.stdout]).toEqual([4, ''])
  expect(refused.stderr).toContain('audit list --action workload.refuse')
  const nothing = await cli.run(['exchange'], { env: { CLAVIGER_ID_TOKEN: '' } })
  expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining('no token of a workload')])
})
