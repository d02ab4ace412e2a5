import { afterAll, beforeAll, expect, test } from 'vitest'
import { operationNamed } from '../../test/control-plane.ts'
import { type Cli, createCli } from '../../test/run-cli.ts'
import { insertUsageRow } from '../../test/usage-row.ts'
import { createWorld, type World } from '../../test/world.ts'

let world: World
let cli: Cli

beforeAll(async () => {
  world = await createWorld()
  cli = createCli({ CLAVIGER_URL: world.api.url, CLAVIGER_TOKEN: world.tokens.owner })
})

afterAll(async () => {
  cli[Symbol.dispose]()
  await world[Symbol.asyncDispose]()
})

/** Runs a command that has to succeed, and returns what it printed. */
async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cli.run(args)
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

test('what was created by name can be found, shown and changed by name', async () => {
  await done('team', 'create', '--name', 'Search')
  await done('project', 'create', '--team', 'Search', '--name', 'Shop')
  await done('environment', 'create', '--project', 'Search/Shop', '--name', 'staging', '--kind', 'staging')
  await done('environment', 'update', 'Search/Shop/staging', '--name', 'test')
  const environment = JSON.parse(await done('environment', 'get', 'Shop/test', '--json'))
  expect(environment).toMatchObject({ name: 'test', kind: 'staging', version: 2 })
  expect(await done('environment', 'list', '--team', 'Search')).toMatch(
    /^NAME +KIND +ID .*\ntest +staging +env_\w{26} +Search\/Shop +-\n$/,
  )
})

test('--json prints what the API answers, a list with its cursor', async () => {
  const { api } = world
  const query = { limit: '1' }
  const { body } = await api.send(operationNamed('teamList'), { query }, { token: api.owner })
  expect(body.nextCursor).not.toBeNull()
  expect(JSON.parse(await done('team', 'list', '--limit', '1', '--json'))).toEqual(body)
})

test('--all reads every page', async () => {
  const all = JSON.parse(await done('team', 'list', '--json'))
  expect(all.data.length).toBeGreaterThan(1)
  expect(JSON.parse(await done('team', 'list', '--limit', '1', '--all', '--json'))).toEqual(all)
})

test('-q prints ids and nothing else', async () => {
  const { ids } = world
  expect((await done('team', 'list', '-q')).split('\n')).toContain(ids.team)
  expect(await done('user', 'get', 'ada@example.com', '-q')).toBe(`${ids.user}\n`)
})

test('a key is made with its limits in one command, and lives through its states', async () => {
  const environment = ['--environment', 'Ours/Site/main']
  const limits = ['--budget', '5/month', '--rpm', '60', '--tpm', '100000', '--model', 'gpt-5*,demo/*']
  const owner = ['--service-account', 'Site/main', '--tag', 'cost-center=42', '--expires', '90d']
  const args = ['key', 'create', ...environment, '--name', 'bot', ...owner, ...limits, '--json']
  const { key, secret } = JSON.parse(await done(...args))
  expect(secret).toMatch(/^sk-cvg-dev-/)
  expect(key).toMatchObject({ name: 'bot', state: 'active', tags: { 'cost-center': '42' } })
  const days = (Date.parse(key.expiresAt) - Date.now()) / 86_400_000
  expect(days).toBeGreaterThan(89.9)
  expect(days).toBeLessThan(90.1)

  expect(JSON.parse(await done('policy', 'get', 'key', 'bot', '--json')).models).toEqual(['gpt-5*', 'demo/*'])
  expect(await done('budget', 'list')).toMatch(/key:Ours\/Site\/main\/bot +hard +5(\.00)? +month/)
  expect(await done('rate-limit', 'list')).toMatch(/key:Ours\/Site\/main\/bot +60 +100000/)

  await done('key', 'suspend', 'bot', '--reason', 'odd traffic', '--resume', '2h')
  expect(await done('key', 'list', '--state', 'suspended')).toContain(key.id)
  await done('key', 'resume', 'bot')
  await done('key', 'revoke', 'Ours/Site/main/bot')
  expect(JSON.parse(await done('key', 'get', key.id, '--json')).state).toBe('revoked')
})

test('a new key is shown in a few lines: what it is, whose, and the limits it was given', async () => {
  const where = ['--environment', 'Ours/Site/main', '--service-account', 'Site/main']
  const limits = ['--budget', '5/month,0.5/day', '--rpm', '60', '--tpm', '1000', '--model', 'gpt-5*,demo/*']
  const lines = (await done('key', 'create', '--name', 'short', ...where, ...limits)).split('\n')
  expect(lines).toEqual([
    'name         short',
    expect.stringMatching(/^id {11}key_\w{26}$/),
    expect.stringMatching(/^environment {2}Ours\/Site\/main \(env_\w{26}\)$/),
    expect.stringMatching(/^owner {8}Ours\/Site\/main \(svc_\w{26}\)$/),
    'expires      never',
    'budget       5 USD a month, 0.5 USD a day',
    'requests     60 a minute',
    'tokens       1000 a minute',
    'models       gpt-5*, demo/*',
    expect.stringMatching(/^sk-cvg-dev-/),
    '',
  ])
  const shown = await done('key', 'get', 'short')
  expect(shown).toMatch(/^secrets +hint sk-cvg-dev-…\w{4}, state current, created at /m)
  expect(shown).not.toMatch(/version|null|undefined|^\S+ +-$/m)
})

test('roles are given, made and taken back by name', async () => {
  await done('user', 'create', '--email', 'bob@example.com', '--name', 'Bob')
  const where = ['--user', 'bob@example.com', '--project', 'Ours/Site']
  const grant = JSON.parse(await done('grant', 'create', ...where, '--role', 'builder', '--json'))
  expect(grant).toMatchObject({ role: 'builder', scopeType: 'project', production: false })
  expect(await done('grant', 'list', ...where)).toMatch(/bob@example\.com.*builder/)
  const made = ['--based-on', 'viewer', '--permission', 'key:read,usage:read', '--scope-type', 'project']
  const role = JSON.parse(await done('role', 'create', '--name', 'Accountant', ...made, '--json'))
  expect(role).toMatchObject({ basedOn: 'viewer', permissions: ['key:read', 'usage:read'] })
  const custom = await done(
    'grant',
    'create',
    ...where,
    '--role',
    'Accountant',
    '--production',
    'true',
    '--json',
  )
  expect(JSON.parse(custom)).toMatchObject({ role: role.id, production: true })
  await done('grant', 'revoke', grant.id)
  expect(JSON.parse(await done('grant', 'list', ...where, '--json')).data).toHaveLength(1)
  expect(await done('role', 'list')).toMatch(
    /^NAME +BUILT IN +BASED ON +SCOPE TYPES\nowner +yes +- +organization\n[\s\S]*^Accountant +no +viewer +/m,
  )
  const account = ['--service-account', 'Ours/Site/main', '--role', 'viewer', '--project', 'Ours/Site']
  const token = JSON.parse(await done('token', 'create', '--name', 'ci', ...account, '--json')).token
  expect(token).toMatchObject({
    role: 'viewer',
    projectId: world.ids.project,
    userId: null,
    production: false,
  })
})

test('a rate limit, a token and a model are shown one by one', async () => {
  const limit = ['rate-limit', 'create', '--scope', 'team:Ours', '--requests-per-minute', '60', '-q']
  const id = (await done(...limit)).trim()
  const rateLimit = JSON.parse(await done('rate-limit', 'get', id, '--json'))
  expect(rateLimit).toMatchObject({ id, requestsPerMinute: 60, version: 1 })
  expect(JSON.parse(await done('token', 'get', 'Owner', '--json'))).toMatchObject({ role: 'owner' })
  await done('provider', 'create', '--name', 'openai', '--kind', 'openai')
  await done('model', 'create', '--name', 'fast', '--provider', 'openai', '--upstream-model', 'gpt-5-mini')
  const fast = JSON.parse(await done('model', 'get', 'fast', '--json'))
  expect(fast).toMatchObject({ name: 'fast', source: 'own', upstreamModel: 'gpt-5-mini' })
  expect(JSON.parse(await done('model', 'get', fast.id, '--json'))).toEqual(fast)
  expect(await done('model', 'get', 'fast')).toMatch(/^price\.input +0\.25$/m)
  expect((await cli.run(['model', 'get', 'openai/gpt-5'])).code).toBe(5)
})

test('usage is a table of names with a total; single calls are in the log', async () => {
  const { ids, app } = world
  const where = { teamId: ids.team, projectId: ids.project, environmentId: ids.environment }
  await insertUsageRow(app, { ...where, model: 'demo/echo', costNanoUsd: 1_500_000n, inputTokens: 1200n })
  const lines = (await done('usage', '--by', 'team,model', '--from', '-1h')).split('\n')
  expect(lines[0]).toMatch(/^TEAM +MODEL +CALLS +ERRORS +INPUT TOKENS +OUTPUT TOKENS +COST USD$/)
  expect(lines[1]).toMatch(/^Ours +demo\/echo +2 +0 +1200 +0 +0\.0015$/)
  expect(lines[2]).toMatch(/^total +- +2 /)
  expect(await done('usage', '--by', 'service-account')).toMatch(/^SERVICE ACCOUNT +CALLS /)
  const calls = (await done('logs', 'tail', '--team', 'Ours', '--json')).trim().split('\n')
  expect(calls.map((line) => JSON.parse(line).costUsd)).toEqual(['0.00', '0.0015'])
})

test('only the version that was read is changed', async () => {
  const { code, stderr } = await cli.run(['team', 'update', 'Ours', '--name', 'X', '--if-match', '99'])
  expect({ code, stderr }).toMatchObject({ code: 6, stderr: expect.stringContaining('version') })
})

test('the same idempotency key does it once', async () => {
  const create = ['team', 'create', '--name', 'Once', '--idempotency-key', 'k-1', '-q']
  expect(await done(...create)).toBe(await done(...create))
})

test('the API can be called without a command for it', async () => {
  const { stdout } = await cli.run(['api', 'POST', '/v1/teams', '--input', '-'], {
    stdin: JSON.stringify({ name: 'By hand' }),
  })
  const team = JSON.parse(stdout)
  expect(JSON.parse(await done('api', 'get', `/api/v1/teams/${team.id}`))).toEqual(team)
})

test.each<[string, number, string[], Record<string, string>, RegExp]>([
  [
    'an unknown flag',
    2,
    ['team', 'create', '--nam', 'x'],
    {},
    /Unknown option '--nam'.*Did you mean --name/s,
  ],
  ['an unknown command', 2, ['tem', 'list'], {}, /Unknown command 'tem'.*Did you mean team/s],
  ['a flag that is missing', 2, ['project', 'create'], {}, /missing: --team, --name/],
  ['a wrong choice', 2, ['key', 'list', '--state', 'alive'], {}, /expected one of pending, active/],
  ['input that the server refuses', 2, ['team', 'list', '--limit', '999'], {}, /--limit: .*request req_/s],
  ['no token', 4, ['team', 'list'], { CLAVIGER_TOKEN: '' }, /not signed in.*claviger login/s],
  ['a wrong token', 4, ['team', 'list'], { CLAVIGER_TOKEN: 'cvg_tok_no' }, /request req_/],
  ['an unknown name', 5, ['team', 'get', 'Serch'], {}, /no team "Serch".*There is: .*Ours/s],
  ['an unknown id', 5, ['team', 'get', 'team_01M7Y7M65M2RXHFMFATFQW696Z'], {}, /no such team/],
  ['a name that is taken', 6, ['team', 'create', '--name', 'Ours'], {}, /already/],
  ['a server that is away', 8, ['team', 'list', '--url', 'http://127.0.0.1:1'], {}, /No answer.*npm start/s],
])('%s ends with code %i', async (_, expected, args, env, message) => {
  const { code, stdout, stderr } = await cli.run(args, { env })
  expect({ code, stdout, stderr }).toEqual({
    code: expected,
    stdout: '',
    stderr: expect.stringMatching(message),
  })
})

test('what a role may not do ends with code 3', async () => {
  const env = { CLAVIGER_TOKEN: world.tokens.viewer }
  const { code, stderr } = await cli.run(['team', 'create', '--name', 'Mine'], { env })
  expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining('"team:create"') })
})

test('a name of several things ends with code 2 and lists them', async () => {
  await done('project', 'create', '--team', 'Theirs', '--name', 'Site')
  const { code, stderr } = await cli.run(['project', 'get', 'Site'])
  expect(code).toBe(2)
  expect(stderr).toMatch(/prj_\w{26} {2}Ours\/Site\n.*prj_\w{26} {2}Theirs\/Site/)
})

test('with --json an error is one line of JSON on standard error', async () => {
  const { code, stdout, stderr } = await cli.run(['team', 'create', '--name', 'Ours', '--json'])
  expect({ code, stdout }).toEqual({ code: 6, stdout: '' })
  expect(JSON.parse(stderr)).toEqual({
    error: { code: 'conflict', message: expect.any(String), request_id: expect.stringMatching(/^req_/) },
  })
})

test('a team token finds the names it may see and shows ids for the others', async () => {
  const env = { CLAVIGER_TOKEN: world.tokens.ownTeam }
  const { code, stdout } = await cli.run(['environment', 'list', '--project', 'Ours/Site'], { env })
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('Ours/Site') })
  expect((await cli.run(['team', 'get', 'Theirs'], { env })).code).toBe(5)
})
