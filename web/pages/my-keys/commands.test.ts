import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cli, createCli } from '../../../test/run-cli.ts'
import { createWorld, type World } from '../../../test/world.ts'
import { CREATE_KEY, REQUEST_KEY } from './commands.ts'

let world: World
let cli: Cli

beforeAll(async () => {
  world = await createWorld()
  cli = createCli({ CLAVIGER_URL: world.api.url })
})

afterAll(async () => {
  cli?.[Symbol.dispose]()
  await world?.[Symbol.asyncDispose]()
})

/** Runs a suggested command as somebody who wrote names where it has capital letters. */
async function type(command: string, token: string) {
  const line = command
    .replace('TEAM/PROJECT/ENVIRONMENT', 'Ours/Site/main')
    .replace('WHAT IT IS FOR', 'to try')
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '')
  expect(words.shift()).toBe('claviger')
  expect(words.filter((word) => /[A-Z]{2}/.test(word))).toEqual([])
  return await cli.run([...words, '--json'], { env: { CLAVIGER_TOKEN: token } })
}

test('a key is asked for with the command that is suggested, once its capitals are filled in', async () => {
  const { code, stdout, stderr } = await type(REQUEST_KEY, world.tokens.projectViewer)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(stdout)).toMatchObject({
    kind: 'key',
    targetId: world.ids.environment,
    terms: { name: 'my-laptop' },
    reason: 'to try',
    state: 'pending',
  })
})

test('a key is made with the command that is suggested', async () => {
  const { code, stdout } = await type(CREATE_KEY, world.tokens.builder)
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    key: { name: 'my-laptop', environmentId: world.ids.environment },
  })
})
