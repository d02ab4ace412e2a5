import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

test('with no variables at all it runs everything on loopback, on an embedded database', () => {
  const config = readConfig({ PATH: '/usr/bin', HOME: '/root' })
  expect(config).toEqual({
    auditFile: null,
    auditSyslog: null,
    dataDir: resolve('claviger-data'),
    databaseUrl: null,
    host: '127.0.0.1',
    port: 8484,
    gatewayPort: null,
    url: 'http://127.0.0.1:8484',
    roles: new Set(['api', 'gateway', 'jobs']),
    rootKey: null,
    logLevel: 'info',
    mail: null,
    trustedProxies: [],
    privateUpstreams: [],
    maxBodyBytes: 33_554_432,
    staleSeconds: 300,
    journalBytes: 8_192 * 1024 * 1024,
    drainSeconds: 30,
    reportConnections: 4,
    metricsToken: null,
    setup: { organization: null, email: null, name: null, tokenFile: null },
  })
})

test.each([
  ['PORT', 'eighty', 'a whole number from 0 to 65535, got "eighty"'],
  ['PORT', '70000', 'a whole number from 0 to 65535'],
  ['CLAVIGER_GATEWAY_PORT', '-1', 'a whole number'],
  ['CLAVIGER_HOST', 'example.com', 'an IP address to listen on'],
  ['CLAVIGER_URL', 'ftp://example.com', 'an address such as https://claviger.example.com'],
  ['CLAVIGER_LOG_LEVEL', 'loud', 'one of trace, debug, info'],
  ['CLAVIGER_TRUSTED_PROXIES', '10.0.0.0/99', 'addresses or networks such as 10.0.0.0/8'],
  ['CLAVIGER_PRIVATE_UPSTREAMS', 'intranet', 'addresses or networks'],
  ['CLAVIGER_MAX_BODY_BYTES', '32MB', 'a whole number from 1024'],
  ['CLAVIGER_STALE_SECONDS', '0', 'a whole number from 1'],
  ['CLAVIGER_DRAIN_SECONDS', '1e3', 'a whole number from 0'],
  ['CLAVIGER_DATA_DIR', '', 'a text that is not empty'],
  ['ROLES', 'api,worker', 'one or more of api, gateway, jobs'],
  ['ROLES', '', 'one or more of api, gateway, jobs'],
])('%s=%s is refused with what is expected', (name, value, expected) => {
  expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^${name}: expected .*${expected}`))
})

test('everything that is wrong is said at once', () => {
  const wrong = { PORT: 'x', CLAVIGER_LOG_LEVEL: 'y', CLAVIGER_PROT: '1' }
  expect(() => readConfig(wrong)).toThrow(/CLAVIGER_PROT.*PORT: expected.*CLAVIGER_LOG_LEVEL: expected/s)
})

test.each([
  ['CLAVIGER_PROT', 'Did you mean CLAVIGER_PORT?'],
  ['CLAVIGER_ROOTKEY', 'Did you mean CLAVIGER_ROOT_KEY?'],
  ['CLAVIGER_TRUSTED_PROXY', 'Did you mean CLAVIGER_TRUSTED_PROXIES?'],
])('the unknown variable %s is refused, naming the nearest', (name, hint) => {
  expect(() => readConfig({ [name]: '1' })).toThrow(`${name}: there is no such variable. ${hint}`)
})

test('an unknown variable that resembles nothing is refused without a guess', () => {
  expect(() => readConfig({ CLAVIGER_QUANTUM_MODE: '1' })).toThrow(
    /^CLAVIGER_QUANTUM_MODE: there is no such variable\.$/,
  )
})

test('what the command line reads does not stop the server', () => {
  expect(() => readConfig({ CLAVIGER_TOKEN: 'cvg_tok_x', CLAVIGER_API_KEY: 'sk-cvg-dev-x' })).not.toThrow()
})

test('a malformed secret is refused without repeating it', () => {
  const attempt = () =>
    readConfig({ DATABASE_URL: 'mysql://root:hunter2@db/x', CLAVIGER_METRICS_TOKEN: 'short-one' })
  expect(attempt).toThrow('DATABASE_URL: expected an address such as postgres://')
  expect(attempt).toThrow('CLAVIGER_METRICS_TOKEN: expected a text of 16 characters or more.')
  expect(attempt).not.toThrow('hunter2')
  expect(attempt).not.toThrow('short-one')
})

test('a secret may come from a file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'claviger-config-'))
  try {
    const file = join(directory, 'url')
    writeFileSync(file, 'postgres://user:pass@db:5432/claviger\n')
    expect(readConfig({ DATABASE_URL_FILE: file }).databaseUrl).toBe('postgres://user:pass@db:5432/claviger')
    expect(() => readConfig({ DATABASE_URL_FILE: file, DATABASE_URL: 'postgres://db/x' })).toThrow(
      'DATABASE_URL and DATABASE_URL_FILE are both set',
    )
    expect(() => readConfig({ CLAVIGER_ROOT_KEY_FILE: join(directory, 'none') })).toThrow(
      'CLAVIGER_ROOT_KEY_FILE: expected a file that can be read',
    )
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test('switching off the verification of TLS is refused', () => {
  expect(() => readConfig({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toThrow('NODE_TLS_REJECT_UNAUTHORIZED=0')
})

test('a headless set-up needs all of it', () => {
  expect(() => readConfig({ CLAVIGER_SETUP_EMAIL: 'ada@example.com' })).toThrow(
    /^CLAVIGER_SETUP_ORGANIZATION, CLAVIGER_SETUP_TOKEN_FILE: expected as well/,
  )
})

test('two ports that contradict each other are refused', () => {
  expect(() => readConfig({ PORT: '80', CLAVIGER_PORT: '81' })).toThrow(ConfigError)
  expect(readConfig({ PORT: '80', CLAVIGER_PORT: '80' }).port).toBe(80)
})

test('the public address follows host and port until it is given', () => {
  expect(readConfig({ CLAVIGER_HOST: '::1', PORT: '9000' }).url).toBe('http://[::1]:9000')
  expect(readConfig({ CLAVIGER_HOST: '0.0.0.0' }).url).toBe('http://127.0.0.1:8484')
  expect(readConfig({ CLAVIGER_URL: 'https://keys.example.com/' }).url).toBe('https://keys.example.com')
})
