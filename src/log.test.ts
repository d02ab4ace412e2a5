import { expect, test } from 'vitest'
import { createLog } from './log.ts'

const SECRETS = {
  key: 'sk-cvg-prd-4fQ9aZ81kLmN0pQrStUvWxYz0123456789abcdefghijk0aB3xY',
  token: 'cvg_tok_9TcAbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefghijkl',
  setupToken: 'cvg_setup_q1w2e3r4t5y6u7i8o9p0-_aSdFgHjKl',
  openai: 'sk-proj-abcDEF123_456-789xyz',
  anthropic: 'sk-ant-api03-AbCdEf_123-456',
  google: 'AIzaSyA1234567890abcdefghijklmnopqrstu',
  groq: 'gsk_abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKL',
  webhook: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw+/abcdefghij=',
  slack: 'https://hooks.slack.com/services/T0123/B0123/abcdefghijklmnopqrstuvwx',
  bearer: 'Bearer abc.def-ghi_jkl/mno+pqr==',
}

const lines: string[] = []
const log = createLog({ logLevel: 'trace' }, (line) => lines.push(line))

test.each(Object.entries(SECRETS))('%s secrets are in no log line, wherever they were put', (_, secret) => {
  lines.length = 0
  log.info(`the caller sent ${secret}`)
  log.warn({ deep: { deeper: [secret, { header: `x\n${secret}` }] } }, 'nested')
  log.error({ err: new Error(`upstream said: ${secret}`, { cause: new Error(`\t${secret}`) }) }, 'failed')
  log.error({ error: new AggregateError([new Error(secret)], secret) }, secret)
  log.child({ [secret]: 'as a name', bound: secret }).debug('from a child')
  log.fatal({ url: `https://x.example/?key=${encodeURIComponent(secret)}` }, 'in a query')
  expect(lines).toHaveLength(6)
  const told = lines.join('')
  expect(told).not.toContain(secret.replace('Bearer ', ''))
  expect(told.match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(6)
  for (const line of lines) expect(() => JSON.parse(line)).not.toThrow()
})

test('the password of a database address is in no log line', () => {
  lines.length = 0
  log.info({ err: new Error('cannot reach postgres://claviger:hunter2hunter2@db:5432/claviger') }, 'failed')
  expect(lines.join('')).not.toContain('hunter2')
  expect(lines.join('')).toContain('postgres://claviger:[redacted]@db:5432/claviger')
})

test('what only resembles a secret is left alone', () => {
  lines.length = 0
  log.info(
    { model: 'gpt-5.4', path: 'risk-assessment-of-everything', hint: 'sk-cvg-prd-…a1B2' },
    'task-force ready',
  )
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    model: 'gpt-5.4',
    path: 'risk-assessment-of-everything',
    hint: 'sk-cvg-prd-…a1B2',
    msg: 'task-force ready',
  })
})

test('a line says when, how bad, and what', () => {
  lines.length = 0
  log.warn({ requestId: 'req_1' }, 'slow')
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    requestId: 'req_1',
    msg: 'slow',
  })
})
