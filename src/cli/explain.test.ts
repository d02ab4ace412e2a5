import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cli, createCli } from '../../test/run-cli.ts'
import { createWorld, type World } from '../../test/world.ts'

let world: World
let cli: Cli

beforeAll(async () => {
  world = await createWorld()
  cli = createCli({ CLAVIGER_URL: world.api.url, CLAVIGER_TOKEN: world.tokens.owner })
})

afterAll(async () => {
  cli?.[Symbol.dispose]()
  await world?.[Symbol.asyncDispose]()
})

async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cli.run(args)
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

test('a key is explained: the answer first, then each rule at its level, and which binds', async () => {
  const where = ['--environment', 'Ours/Site/main', '--service-account', 'Site/main']
  await done('key', 'create', '--name', 'bot', ...where, '--budget', '5/month', '--rpm', '60')
  await done('policy', 'set', 'team', 'Ours', '--model', 'demo/*')

  const standing = await done('key', 'explain', 'bot')
  expect(standing).toMatch(/^The key can be used: it is active\.$/m)
  expect(standing).toMatch(/^LEVEL +RULE +SAYS +LEFT +RESETS$/m)
  expect(standing).toMatch(/^team:Ours +policy: models demo\/\* +- +- +-$/m)
  expect(standing).toMatch(
    /^key:Ours\/Site\/main\/bot +› budget "5 USD a month" +- +5\.00 of 5\.00 USD +\d{4}-\d\d-01 /m,
  )
  expect(standing).toMatch(/^key:Ours\/Site\/main\/bot +rate limit +- +60 requests a minute +-$/m)

  const call = await done('key', 'explain', 'bot', '--model', 'gpt-5', '--max-output-tokens', '100')
  expect(call).toMatch(/^Refused: model_not_allowed\. This key may not use the model "gpt-5"\.$/m)
  expect(call).toMatch(/^team:Ours +› policy: models demo\/\* +model_not_allowed +/m)
  const json = JSON.parse(await done('key', 'explain', 'bot', '--model', 'gpt-5', '--json'))
  expect(json).toMatchObject({ allowed: false, refusal: { code: 'model_not_allowed', status: 403 } })
})
