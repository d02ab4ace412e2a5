import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { type Cli, createCli } from '../../test/run-cli.ts'
import { createSetupToken } from '../actions/setup.ts'

/** A new installation on real sockets, and what somebody types who follows the README. */
let app: TestApp
let cli: Cli

beforeAll(async () => {
  app = await testApp()
  await createSetupToken(app)
  cli = createCli({ CLAVIGER_URL: await app.serve(), CLAVIGER_DATA_DIR: app.config.dataDir })
})

afterAll(async () => {
  cli[Symbol.dispose]()
  await app[Symbol.asyncDispose]()
})

async function type(line: string): Promise<string> {
  const { code, stdout, stderr } = await cli.run(line.split(' '))
  expect({ line, code, stderr: code === 0 ? '' : stderr }).toEqual({ line, code: 0, stderr: '' })
  return stdout
}

let secret = ''

test('five commands lead from nothing to a key', async () => {
  await type('setup --organization Acme --email ada@acme.example --name Ada')
  await type('team create --name Search')
  await type('project create --team Search --name Site')
  await type('environment create --project Search/Site --name staging --kind staging')
  const made = await type(
    'key create --environment Search/Site/staging --name first --user ada@acme.example --budget 5/month --rpm 60',
  )
  secret = made.trimEnd().split('\n').at(-1) ?? ''
  expect(secret).toMatch(/^sk-cvg-stg-/)
})

test('a key that works is found to work, given in a variable or piped in', async () => {
  const tested = await cli.run(['key', 'test'], { env: { CLAVIGER_API_KEY: secret } })
  expect(tested).toMatchObject({ code: 0, stdout: expect.stringContaining('The key works.') })
  const piped = await cli.run(['key', 'test', '--from-stdin', '--json'], { stdin: `${secret}\n` })
  expect(JSON.parse(piped.stdout)).toMatchObject({ object: 'list', data: expect.any(Array) })
})

test('a key that does not work is found not to, with the reason', async () => {
  await type('key suspend first --reason test')
  const suspended = await cli.run(['key', 'test', '--json'], { env: { CLAVIGER_API_KEY: secret } })
  expect(suspended).toMatchObject({ code: 9, stdout: '' })
  expect(JSON.parse(suspended.stderr).error).toMatchObject({ code: 'key_suspended' })
  await type('key resume first')
  const wrong = await cli.run(['key', 'test'], { env: { CLAVIGER_API_KEY: `${secret}x` } })
  expect(wrong.code).toBe(9)
  expect(wrong.stderr).not.toContain(secret)
})

test('calls show up while the log is followed', async () => {
  let ended = false
  const following = cli
    .run(['logs', 'tail', '--follow', '-n', '0'], { until: /demo\/nothing/ })
    .finally(() => {
      ended = true
    })
  while (!ended) {
    await fetch(`${app.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'demo/nothing', messages: [] }),
    })
    await new Promise((done) => setTimeout(done, 200))
  }
  expect((await following).stdout).toMatch(/ 4\d\d {2}demo\/nothing .* Search\/Site\/staging\/first {2}req_/)
})
