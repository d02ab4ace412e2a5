import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { requestHashOf } from '../../src/auth/step-up.ts'
import { operations } from '../../src/contract/all.ts'
import { connect } from '../../src/db/connect.ts'
import { formatKey, formatSecret } from '../../src/domain/key-format.ts'
import { testDatabase } from '../database.ts'
import { databaseText } from '../database-text.ts'
import { type FakeProvider, startFakeProvider } from '../fake-provider.ts'
import { type Program, startProgram, testDataDirectory } from '../program.ts'
import { rawPeer } from '../raw-peer.ts'
import { type SmtpSink, smtpSink } from '../smtp-sink.ts'
import { totpCode } from '../totp.ts'

/** Secrets by the slot they were put into; what is in no slot yet is filled in as it is made. */
const planted: Record<string, string> = {
  rootKey: randomBytes(32).toString('base64'),
  metricsToken: 'metrics-token-plainly-a-secret',
  openaiCredential: 'sk-proj-planted-openai-credential-01',
  replacedCredential: 'sk-proj-planted-openai-credential-02',
  smtpPassword: 'planted-smtp-password',
  shapelessCredential: 'correct.horse.battery.staple.0123',
  evilCredential: 'a-credential-that-its-provider-repeats',
  foreignSecret: 'sk-ant-api03-planted-foreign-secret-0001',
  unknownKey: formatKey('production', randomBytes(32)),
  unknownToken: formatSecret('tok', randomBytes(32)),
  basicPassword: Buffer.from('someone:planted-basic-password').toString('base64'),
  bearerOfOthers: 'planted.bearer.of-another_service',
  password: 'planted nine grey herons by the mill',
  wrongPassword: 'planted wrong words of somebody else',
  slackPath: 'planted-slack-path-0001',
  workloadToken: [
    { alg: 'RS256' },
    { iss: 'https://planted.example.com', sub: 'planted' },
    'planted-signature',
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.'),
  prompt: 'PLANTED-PROMPT-of-a-patient',
  answer: 'PLANTED-ANSWER-about-a-patient',
}

/** Somebody pasted a secret where an address belongs: it is stored and shown there, but not told in the log. */
const PASTED = 'sk-proj-pasted-into-an-address-0001'

/** Where this installation is for browsers. */
const ORIGIN = 'https://claviger.example.com'

let fake: FakeProvider
let program: Program
let url = ''
let stdout = ''
let stderr = ''
/** Every answer but those that show a new secret: heads and bodies. */
const answers: string[] = []
let databaseContents = ''
let metrics = ''
let dataPath = ''
/** What was in a file at any time: the journal forgets what is in the database. */
const fileContents = new Set<string>()
let upstream = ''

beforeAll(async () => {
  await using database = await testDatabase()
  using dataDir = testDataDirectory()
  await using mail = await smtpSink()
  await using evil = await rawPeer((socket, request) => answerEvil(socket, request))
  dataPath = dataDir.path
  fake = await startFakeProvider()
  fake.behave({ text: `${planted.answer} and more words of it` })
  planted.databasePassword = decodeURIComponent(new URL(database.url).password)
  program = startProgram({
    CLAVIGER_DATA_DIR: dataDir.path,
    CLAVIGER_LOG_LEVEL: 'trace',
    CLAVIGER_PRIVATE_UPSTREAMS: '127.0.0.0/8',
    CLAVIGER_ROOT_KEY: planted.rootKey ?? '',
    CLAVIGER_METRICS_TOKEN: planted.metricsToken ?? '',
    CLAVIGER_DRAIN_SECONDS: '1',
    CLAVIGER_URL: ORIGIN,
    CLAVIGER_SMTP_URL: mail.url.replace('//', `//someone:${planted.smtpPassword}@`),
    CLAVIGER_MAIL_FROM: 'claviger@example.com',
    DATABASE_URL: database.url,
  })
  program.process.stdout?.on('data', (text) => {
    stdout += text
  })
  program.process.stderr?.on('data', (text) => {
    stderr += text
  })
  const said = await program.untilSaid('Set it up within')
  url = new URL(/health +(\S+)/.exec(said)?.[1] ?? '').origin
  planted.setupToken = /cvg_setup_[\w-]+/.exec(said)?.[0] ?? ''

  await useEverything(evil.port, mail)
  metrics = await (
    await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${planted.metricsToken}` } })
  ).text()
  upstream = JSON.stringify(fake.calls.map(({ path, rawHeaders }) => [path, rawHeaders]))
  await breakTheDatabase(database.url)
  program.process.kill('SIGTERM')
  expect(await program.ended).toBe(0)
  const db = connect({
    url: database.url,
    name: 'reader',
    max: 1,
    statementTimeoutMs: 10_000,
    onError: () => {},
  })
  databaseContents = await databaseText(db)
  await db.destroy()
  keepFileContents()
  await fake[Symbol.asyncDispose]()
}, 120_000)

afterAll(() => {
  program.process.kill('SIGKILL')
})

function answerEvil(socket: Socket, request: string): void {
  const credential = /authorization: (.*)\r/i.exec(request)?.[1] ?? ''
  if (request.includes('evil-error')) {
    const body = JSON.stringify({
      error: { message: `Incorrect API key: ${credential}`, headers: { authorization: credential } },
    })
    socket.write(
      `HTTP/1.1 400 No\r\ncontent-type: application/json\r\nwww-authenticate: ${credential}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
  } else if (request.includes('evil-refuses')) {
    const body = JSON.stringify({ error: { message: `Incorrect API key: ${credential}` } })
    socket.write(`HTTP/1.1 401 No\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  } else if (request.includes('evil-redirect'))
    socket.end(`HTTP/1.1 307 No\r\nlocation: http://x/?key=${credential}\r\n\r\n`)
  else socket.end(`${credential}\r\n\r\n`)
}

type Sent = { method?: string; headers?: Record<string, string>; body?: unknown }

async function send(path: string, { method = 'POST', headers = {}, body }: Sent, shows = false) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const type = text === undefined ? {} : { 'content-type': 'application/json' }
  const response = await fetch(url + path, {
    method,
    headers: { ...type, ...headers },
    ...(text === undefined ? {} : { body: text }),
  })
  const answer = await response.text().catch(() => '')
  keepFileContents()
  if (!shows) answers.push(`${response.status} ${JSON.stringify([...response.headers])} ${answer}`)
  return { status: response.status, text: answer }
}

const bearer = (secret = '') => ({ authorization: `Bearer ${secret}` })

async function useEverything(evilPort: number, mail: SmtpSink): Promise<void> {
  const setup = {
    organization: 'Acme',
    email: 'ada@example.com',
    name: 'Ada',
    setupToken: planted.setupToken,
  }
  await send('/api/v1/setup', { body: { ...setup, setupToken: `${planted.setupToken}x` } })
  planted.ownerToken = JSON.parse((await send('/api/v1/setup', { body: setup }, true)).text).secret
  await send('/api/v1/setup', { body: setup })
  const owner = bearer(planted.ownerToken)
  const make = async (path: string, body?: object, more: Record<string, string> = {}) => {
    const { status, text } = await send(`/api/v1/${path}`, { body, headers: { ...owner, ...more } }, true)
    if (status >= 300) throw new Error(`${path}: ${status} ${text}`)
    return JSON.parse(text)
  }
  const team = await make('teams', { name: 'Team' })
  const project = await make('projects', { teamId: team.id, name: 'Project' })
  const environment = await make('environments', { projectId: project.id, name: 'main', kind: 'development' })
  const account = await make('service-accounts', { projectId: project.id, name: 'bot' })
  const provider = async (name: string, kind: string, baseUrl: string, secret = '') => {
    const { id } = await make('providers', { name, kind, baseUrl })
    const credential = await make('credentials', { providerId: id, name: 'main', secret })
    return { id, credentialId: credential.id }
  }
  const openai = await provider('openai', 'openai', `${fake.url}/v1`, planted.openaiCredential)
  const evil = await provider(
    'evil',
    'openai_compatible',
    `http://127.0.0.1:${evilPort}/v1`,
    planted.evilCredential,
  )
  const away = await provider(
    'away',
    'openai_compatible',
    'http://127.0.0.1:1/v1',
    planted.shapelessCredential,
  )
  const misplaced = await provider(
    'misplaced',
    'openai_compatible',
    `http://${PASTED}.internal/v1`,
    'whatever-secret',
  )
  const credentials = [openai, evil, away, misplaced]
  await send(`/api/v1/environments/${environment.id}/credentials`, {
    method: 'PUT',
    headers: owner,
    body: { credentialIds: credentials.map(({ credentialId }) => credentialId) },
  })
  const models: [string, string][] = [
    ['evil-error', evil.id],
    ['evil-refuses', evil.id],
    ['evil-redirect', evil.id],
    ['evil-garbage', evil.id],
    ['away', away.id],
    ['misplaced', misplaced.id],
    ...['fake-500', 'fake-429', 'fake-reset', 'fake-cut', 'fake-bad-json', 'fake-redirect', 'fake-400'].map(
      (name): [string, string] => [name, openai.id],
    ),
  ]
  for (const [name, providerId] of models) {
    await make('models', {
      name,
      providerId,
      upstreamModel: name,
      rates: { input: '1', output: '10' },
      contextWindow: 1000,
      maxOutputTokens: 100,
    })
  }
  const keyBody = { environmentId: environment.id, serviceAccountId: account.id }
  const created = await make('keys', { ...keyBody, name: 'one' }, { 'idempotency-key': 'once' })
  planted.key = created.secret
  await send('/api/v1/keys', {
    body: { ...keyBody, name: 'one' },
    headers: { ...owner, 'idempotency-key': 'once' },
  })
  planted.otherKey = (await make('keys', { ...keyBody, name: 'two' })).secret
  const token = await make('tokens', { name: 'viewer', role: 'viewer', teamId: team.id })
  planted.viewerToken = token.secret

  const chat = (model: string, more: object = {}) => ({
    model,
    messages: [{ role: 'user', content: planted.prompt }],
    max_completion_tokens: 50,
    ...more,
  })
  const call = (body: unknown, headers: Record<string, string> = bearer(planted.key), query = '') =>
    send(`/v1/chat/completions${query}`, { body, headers })
  expect((await call(chat('gpt-5.4'))).text).toContain(planted.answer)
  answers.pop()
  for (const stream of [true, false]) {
    for (const [model] of models) await call(chat(model, { stream }))
  }
  await send(
    '/v1/responses',
    {
      body: { model: 'gpt-5.4', input: planted.prompt, max_output_tokens: 50 },
      headers: bearer(planted.key),
    },
    true,
  )
  await call(
    chat('gpt-5.4', { stream: true, user: planted.prompt }),
    bearer(planted.otherKey),
    `?api_key=${planted.otherKey}&token=${planted.ownerToken}`,
  )
  answers.pop()
  await call('{"model":', bearer(planted.key))
  await call(`{"${planted.key}":1}`, { 'x-api-key': planted.otherKey ?? '', ...bearer(planted.key) })
  for (const secret of [
    planted.foreignSecret,
    planted.unknownKey,
    planted.unknownToken,
    planted.ownerToken,
    planted.bearerOfOthers,
    `${planted.key}x`,
    planted.setupToken,
  ]) {
    await call(chat('gpt-5.4'), bearer(secret))
    await call(chat('gpt-5.4'), { 'x-api-key': secret ?? '' })
    await send(`/api/v1/teams?token=${secret}`, {
      method: 'GET',
      headers: bearer(secret === planted.ownerToken ? planted.key : secret),
    })
    await send(`/v1/responses/${secret?.replaceAll(/[^\w-]/g, '')}x?api_key=${secret}`, {
      method: 'GET',
      headers: bearer('x'),
    })
  }
  await call(chat('gpt-5.4'), { authorization: `Basic ${planted.basicPassword}` })
  await send('/api/v1/teams', {
    method: 'GET',
    headers: { authorization: `Basic ${planted.basicPassword}`, cookie: `s=${planted.viewerToken}` },
  })
  await send(`/api/v1/credentials/${openai.credentialId}/test`, { headers: owner })
  await send(`/api/v1/credentials/${away.credentialId}/test`, { headers: owner })
  await send('/api/v1/credentials', {
    headers: owner,
    body: { providerId: openai.id, name: 'main', secret: planted.replacedCredential },
  })
  await send('/api/v1/credentials', {
    headers: owner,
    body: `{"providerId":"${openai.id}","secret":"${planted.replacedCredential}",`,
  })
  await send('/api/v1/credentials', {
    headers: owner,
    body: { providerId: openai.id, name: 7, secret: planted.replacedCredential },
  })
  await send(`/api/v1/credentials/${openai.credentialId}/secret`, {
    method: 'PUT',
    headers: owner,
    body: { secret: planted.replacedCredential },
  })
  planted.rotatedKey = (await make(`keys/${created.key.id}/rotate`, { graceSeconds: 60 })).secret
  await send(`/api/v1/keys/${created.key.id}/revoke`, { headers: owner, body: { reason: 'leaked' } })
  await call(chat('gpt-5.4'), bearer(planted.rotatedKey))
  await useAccounts(make, mail, { teamId: team.id, projectId: project.id, environmentId: environment.id })
  await readEverything(owner, {
    keyId: created.key.id,
    credentialId: openai.credentialId,
    teamId: team.id,
    tokenId: token.token.id,
    providerId: openai.id,
  })
}

// biome-ignore lint/suspicious/noExplicitAny: the answer of any operation.
type Make = (path: string, body?: object) => Promise<any>

/** What people and their programs hold: invitations, passwords, sessions, factors, deliveries, hooks. */
async function useAccounts(make: Make, mail: SmtpSink, ids: Record<string, string>): Promise<void> {
  const { teamId, projectId, environmentId } = ids
  const slack = `https://hooks.slack.com/services/T000/B000/${planted.slackPath}`
  await make('channels', { name: 'slack', kind: 'slack', teamId, address: slack })
  const hook = { name: 'hook', kind: 'webhook', teamId, address: 'https://hooks.example.com/x' }
  const { channel, secret } = await make('channels', hook)
  planted.channelSecret = secret
  planted.newChannelSecret = (await make(`channels/${channel.id}/rotate`)).secret
  const siem = await make('audit-sinks', { name: 'siem', address: 'https://siem.example.com/x' })
  planted.sinkSecret = siem.secret
  planted.newSinkSecret = (await make(`audit-sinks/${siem.sink.id}/rotate`)).secret

  const email = 'eve@example.com'
  await make('invitations', { email, role: 'viewer', projectId })
  planted.invitationToken = await mailed(mail, /cvg_inv_[\w-]+/)
  const form = (path: string, fields: Record<string, string>, shows = true) =>
    page(path, { method: 'POST', body: new URLSearchParams(fields).toString(), shows })
  const accepted = await form(`/invite/${planted.invitationToken}`, {
    name: 'Eve',
    password: planted.password ?? '',
  })
  const cookie = accepted.join('; ')
  planted.sessionCookie = /__Host-claviger=([^;]+)/.exec(cookie)?.[1] ?? ''
  planted.deviceCookie = /__Host-claviger-device=([^;]+)/.exec(cookie)?.[1] ?? ''
  await page('/device', { cookie })
  await form('/sign-in', { email, password: planted.wrongPassword ?? '' }, false)
  await form('/reset', { email }, false)
  planted.resetToken = await mailed(mail, /cvg_rst_[\w-]+/)
  await page(`/reset/${planted.resetToken}x`, {})

  const inSession = { cookie, origin: ORIGIN }
  const confirm = async (operation: string, path: string, proof: object) => {
    const requestHash = requestHashOf('POST', path, '')
    const asked = { headers: inSession, body: { operation, requestHash } }
    const { id } = JSON.parse((await send('/api/v1/step-ups', asked)).text)
    await send(`/api/v1/step-ups/${id}/confirm`, {
      headers: inSession,
      body: { password: planted.wrongPassword },
    })
    const { status } = await send(`/api/v1/step-ups/${id}/confirm`, { headers: inSession, body: proof })
    expect(status).toBe(204)
    const answer = await send(path, { headers: { ...inSession, 'x-step-up': id } }, true)
    expect(answer.status, answer.text).toBe(200)
    return JSON.parse(answer.text)
  }
  const app = await confirm('totpStart', '/api/v1/profile/totp', { password: planted.password })
  planted.totpSecret = app.secret
  const code = { headers: inSession, body: { code: totpCode(app.secret) } }
  const codes = JSON.parse((await send('/api/v1/profile/totp/confirm', code, true)).text).recoveryCodes
  planted.recoveryCode = codes[0]
  planted.otherRecoveryCode = codes[1]

  const { user } = JSON.parse((await send('/api/v1/profile', { method: 'GET', headers: { cookie } })).text)
  const { delivery } = await make('deliveries', { environmentId, name: 'delivered', userId: user.id })
  const path = `/api/v1/deliveries/${delivery.id}/open`
  planted.deliveredKey = (await confirm('deliveryOpen', path, { code: planted.recoveryCode })).secret
  const exchange = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    subject_token: planted.workloadToken ?? '',
  }
  await form('/oauth/token', exchange, false)
}

/** What a mail says, when it has come. */
async function mailed(mail: SmtpSink, what: RegExp): Promise<string> {
  const text = () => mail.mails.map(({ data }) => data.replace(/=\n/g, '').replace(/=3D/g, '=')).join('\n')
  return vi.waitUntil(() => what.exec(text())?.[0], { timeout: 15_000 })
}

type Opened = { method?: string; body?: string; cookie?: string; shows?: boolean }

/** Opens a page, or sends a form of it, and returns the cookies that it sets. */
async function page(
  path: string,
  { method = 'GET', body, cookie, shows = false }: Opened,
): Promise<string[]> {
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    headers: {
      origin: ORIGIN,
      ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(cookie === undefined ? {} : { cookie }),
    },
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  keepFileContents()
  if (!shows) answers.push(`${response.status} ${JSON.stringify([...response.headers])} ${text}`)
  return response.headers.getSetCookie().map((set) => set.replace(/;.*/, ''))
}

/** Every operation that only reads, lists first. */
async function readEverything(owner: Record<string, string>, ids: Record<string, string>): Promise<void> {
  for (const { method, path } of operations) {
    const filled = path.replace(/\{(\w+)\}/g, (_, name) => ids[name] ?? 'none')
    if (method === 'GET') await send(`/api${filled}`, { method, headers: owner })
  }
}

/** A failure that nobody expected: whatever is in it goes to the log. */
async function breakTheDatabase(databaseUrl: string): Promise<void> {
  const db = connect({
    url: databaseUrl,
    name: 'vandal',
    max: 1,
    statementTimeoutMs: 10_000,
    onError: () => {},
  })
  await db.schema.alterTable('teams').renameTo('elsewhere').execute()
  await send('/api/v1/teams', { body: { name: 'Lost' }, headers: bearer(planted.ownerToken) })
  await send('/v1/models', { method: 'GET', headers: bearer(formatKey('development', randomBytes(32))) })
  await db.schema.alterTable('elsewhere').renameTo('teams').execute()
  await db.destroy()
}

/** All files of the data directory but the secrets that are kept there on purpose. */
function keepFileContents(): void {
  for (const name of readdirSync(dataPath, { recursive: true, encoding: 'utf8' })) {
    if (name.startsWith('secrets')) continue
    const path = join(dataPath, name)
    if (statSync(path, { throwIfNoEntry: false })?.isFile())
      fileContents.add(`${name}\n${readFileSync(path, 'latin1')}`)
  }
}

/** The slots whose secret is in `text`, as it is or in a form that anybody can undo. */
function found(text: string): string[] {
  const lower = text.toLowerCase()
  return Object.entries(planted)
    .filter(([, secret]) => {
      if (secret.length < 8) throw new Error('a secret was not planted')
      const bytes = Buffer.from(secret)
      const forms = [
        secret,
        encodeURIComponent(secret),
        bytes.toString('base64').replace(/=+$/, ''),
        bytes.toString('base64url'),
      ]
      return forms.some((form) => text.includes(form)) || lower.includes(bytes.toString('hex'))
    })
    .map(([slot]) => slot)
}

describe('151-153: of all that was planted nothing is', () => {
  test('on standard output, at the most talkative level', () => {
    expect(stdout.split('\n').length).toBeGreaterThan(10)
    expect(stdout).toContain('"level":"error"')
    expect(found(stdout)).toEqual([])
    expect(stdout).toContain('[redacted].internal')
    expect(stdout).not.toContain(PASTED)
  })

  test('on standard error, but for the one-time link that the person at the terminal is to open', () => {
    const link = /^ +http\S+\/setup\?token=cvg_setup_\S+$/m
    expect(stderr).toMatch(link)
    expect(found(stderr.replace(link, ''))).toEqual([])
  })

  test('in the database', () => {
    expect(databaseContents.length).toBeGreaterThan(10_000)
    expect(databaseContents).toContain('key.create')
    expect(found(databaseContents)).toEqual([])
  })

  test('in an answer, but for the one that shows a new secret', () => {
    expect(answers.length).toBeGreaterThan(80)
    const statuses = new Set(answers.map((answer) => answer.slice(0, 3)))
    for (const status of ['200', '400', '401', '404', '500', '502']) expect(statuses).toContain(status)
    const told = answers.filter(
      (answer) => !answer.includes('text/event-stream') && !answer.includes('chat.completion'),
    )
    expect(found(told.join('\n'))).toEqual([])
  })

  test('in the list of audit events and of requests', () => {
    const lists = answers.filter((answer) => answer.includes('"nextCursor"'))
    expect(lists.join('')).toContain('credential.')
    expect(found(lists.join(''))).toEqual([])
  })

  test('in the metrics', () => {
    expect(metrics).toContain('claviger_gateway_provider_secrets_presented_total')
    expect(found(metrics)).toEqual([])
  })

  test('in the journal or any other file, but for those that keep secrets on purpose', () => {
    const files = [...fileContents].join('\n')
    expect(files).toContain('{"admitted":')
    expect(files).toContain('"settled":')
    expect(found(files)).toEqual([])
  })

  test('in what a provider gets, but for its own credential', () => {
    expect(found(upstream).sort()).toEqual(['openaiCredential'])
  })
})

test('15: retried with its idempotency key, a creation shows the same key and no secret', () => {
  const replayed = answers.filter((answer) => answer.includes('idempotent-replayed'))
  expect(replayed).toHaveLength(1)
  expect(replayed[0]).toContain('"key_')
})

test.each([
  ['CLAVIGER_URL', 'sk-proj-put-into-the-wrong-variable-01'],
  ['CLAVIGER_HOST', 'postgres://claviger:hunter2hunter2@db/claviger'],
  ['CLAVIGER_LOG_LEVEL', 'Bearer put-into-the-wrong.variable'],
  ['CLAVIGER_ROOT_KEY', 'changeme-changeme-changeme'],
  ['CLAVIGER_ROOT_KEY', 'sk-1234'],
  ['CLAVIGER_ROOT_KEY', ''],
  ['CLAVIGER_METRICS_TOKEN', 'sk-1234'],
  ['CLAVIGER_METRICS_TOKEN', ''],
  ['DATABASE_URL', 'mysql://claviger:hunter2hunter2@db/claviger'],
])('20: %s=%j does not start, and the secret is not repeated', async (name, value) => {
  using dataDir = testDataDirectory()
  const refused = startProgram({ CLAVIGER_DATA_DIR: dataDir.path, [name]: value })
  expect(await refused.ended).toBe(1)
  expect(refused.said()).toContain(name)
  expect(refused.said()).not.toMatch(/wrong-variable-01|hunter2|wrong\.variable|changeme|sk-1234/)
})
