import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDemoProvider } from '../src/actions/demo.ts'
import { mayBePasted, SNIPPETS } from '../web/snippets.ts'
import { type GatewayWorld, gatewayWorld } from './gateway-world.ts'
import { until } from './raw-peer.ts'

/** What the dashboard offers to paste is run as it stands, against the demo provider. */

const MODEL = 'demo/echo'
const RUN_MS = 20_000

let world: GatewayWorld
let secret: string
/** Within node_modules' folder, so that the SDKs are found from there. */
let folder: string

beforeAll(async () => {
  world = await gatewayWorld()
  await createDemoProvider(world.app)
  const { project, serviceAccount } = world.ids
  const place = { body: { projectId: project, name: 'demo', kind: 'development' } }
  const { id: environmentId } = await world.make('environmentCreate', place)
  const body = { environmentId, serviceAccountId: serviceAccount, name: 'pasted' }
  secret = (await world.make('keyCreate', { body })).secret
  await until('the gateway knows the key and the model', async () => (await models()).includes(MODEL))
  folder = await mkdtemp(join(import.meta.dirname, '../node_modules/.snippets-'))
  await mkdir(join(folder, 'bin'))
  await command('curl', CURL)
  await command('claude', CLAUDE)
})
afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
  if (folder) await rm(folder, { recursive: true })
})

/** Takes what our text gives curl: a machine that runs the tests need not have it. */
const CURL = `
const [url, ...options] = process.argv.slice(2)
const headers = {}
let body
for (let i = 0; i < options.length; i += 2) {
  const [name, value] = [options[i], options[i + 1]]
  if (name === '-H') headers[value.slice(0, value.indexOf(':'))] = value.slice(value.indexOf(':') + 1).trim()
  else if (name === '-d') body = value
  else throw new Error('not known: ' + name)
}
const answer = await fetch(url, { method: 'POST', headers, body })
console.log(answer.status, (await answer.json()).choices[0].message.content)`

/** Reads its settings from the environment, as Claude Code does, with the same SDK. */
const CLAUDE = `
import Anthropic from '@anthropic-ai/sdk'
const messages = [{ role: 'user', content: 'Hello' }]
const answer = await new Anthropic().messages.create({ model: process.env.ANTHROPIC_MODEL, max_tokens: 64, messages })
console.log(answer.content)`

test.each(['curl', 'claude-code'])('%s, as it is offered, gets an answer', async (id) => {
  const said = await run('sh', ['-c', textOf(id)])
  expect(said).toContain('Hello')
})

test.each(['openai-ts', 'anthropic-ts'])('%s, as it is offered, gets an answer', async (id) => {
  const file = join(folder, `${id}.mjs`)
  await writeFile(file, textOf(id))
  expect(await run(process.execPath, [file])).toContain('Hello')
})

test('Codex finds an address that answers its wire', async () => {
  const setting = (name: string) => new RegExp(`^${name} = "(.*)"$`, 'm').exec(textOf('codex'))?.[1]
  expect(setting('env_key')).toBe('CLAVIGER_API_KEY')
  expect(setting('wire_api')).toBe('responses')
  const answer = await fetch(`${setting('base_url')}/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: setting('model'), input: 'Hello' }),
  })
  expect(answer.status).toBe(200)
})

test('every text reads the key from the environment, and holds no secret', () => {
  for (const { text } of SNIPPETS) {
    const said = text({ origin: world.url, model: MODEL })
    expect(said).toContain('CLAVIGER_API_KEY')
    expect(said).not.toMatch(/sk-|cvg_/)
    expect(said).toContain(MODEL)
  }
})

test('a model whose name would run commands is not put into a text', () => {
  for (const name of ['gpt-5.4', 'demo/echo', 'openai/gpt-5:free', 'meta.llama4@1']) {
    expect(mayBePasted(name)).toBe(true)
  }
  for (const name of ['x"$(id)', 'x`id`', "x';id;'", 'x\\', 'a b', 'x\nid']) {
    expect(mayBePasted(name)).toBe(false)
  }
})

function textOf(id: string): string {
  const snippet = SNIPPETS.find((snippet) => snippet.id === id)
  if (!snippet) throw new Error(`there is no snippet ${id}`)
  return snippet.text({ origin: world.url, model: MODEL })
}

async function command(name: string, program: string): Promise<void> {
  await writeFile(join(folder, `${name}.mjs`), program)
  const file = join(folder, 'bin', name)
  await writeFile(file, `#!/bin/sh\nexec "${process.execPath}" "${join(folder, name)}.mjs" "$@"\n`)
  await chmod(file, 0o755)
}

async function run(file: string, args: string[]): Promise<string> {
  const env = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, CLAVIGER_API_KEY: secret }
  const { stdout } = await promisify(execFile)(file, args, { env, timeout: RUN_MS })
  return stdout
}

async function models(): Promise<string[]> {
  const answer = await fetch(`${world.url}/v1/models`, { headers: { authorization: `Bearer ${secret}` } })
  const { data } = (await answer.json()) as { data?: { id: string }[] }
  return (data ?? []).map(({ id }) => id)
}
