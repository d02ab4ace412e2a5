import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

/** Who may import whom (ARCHITECTURE.md). `tools` are the files of `src/` itself, which are what `App` is made of. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  domain: [],
  contract: ['domain'],
  db: ['domain', 'tools'],
  auth: ['domain', 'db', 'tools'],
  ledger: ['domain', 'db', 'tools'],
  providers: ['domain', 'tools'],
  sinks: ['domain', 'tools'],
  notify: ['domain', 'tools'],
  actions: ['contract', 'domain', 'db', 'ledger', 'providers', 'sinks', 'notify', 'tools'],
  api: ['contract', 'domain', 'auth', 'actions', 'tools'],
  jobs: ['domain', 'db', 'ledger', 'providers', 'sinks', 'notify', 'actions', 'tools'],
  gateway: ['domain', 'db', 'auth', 'ledger', 'providers', 'tools'],
  cli: ['contract', 'domain'],
  terraform: ['contract', 'domain'],
  web: ['contract', 'domain'],
  tools: ['domain'],
  wiring: ['*'],
}

/** The files of `src/` that put the parts together. Nothing imports them but each other and the command that serves. */
const WIRING = [
  'main',
  'announce',
  'audit-metrics',
  'build-app',
  'first-run',
  'health',
  'http-server',
  'serve',
].map((name) => `src/${name}.ts`)

const EXCEPTIONS = new Set([
  // The types that `App` is made of.
  'src/app.ts → src/db/schema.ts',
  'src/app.ts → src/ledger/ledger.ts',
  // The one command that is no client.
  'src/cli/serve.ts → src/main.ts',
])

/** What a file may only hold when it is one of `only`, and why. */
const RESERVED: { what: string; pattern: RegExp; only: RegExp }[] = [
  {
    what: 'opens outbound connections',
    pattern:
      /(?<![.\w])fetch\(|from 'undici'|^import (?!type\b)[^']*\b(?:connect|request|createConnection|Socket|Agent)\b[^']*'node:(?:net|tls|http|https|http2|dgram)'/m,
    only: /^src\/(?:egress|http1-pool|adopted-socket)\.ts$/,
  },
  {
    what: 'talks to the database',
    pattern: /^import \{(?! type).*from '(?:kysely|pg)'|^import pg from|\bsql[`<]/m,
    only: /^src\/db\//,
  },
  { what: 'sends mail', pattern: /from 'nodemailer'/, only: /^src\/notify\/email\.ts$/ },
  { what: 'speaks OpenID Connect', pattern: /from 'openid-client'/, only: /^src\/oidc\.ts$/ },
  { what: 'reads signed tokens', pattern: /from 'jose'/, only: /^src\/(?:oidc|jwt)\.ts$/ },
  { what: 'hashes passwords', pattern: /from '@node-rs\/argon2'/, only: /^src\/password-hash\.ts$/ },
  { what: 'speaks WebAuthn', pattern: /from '@simplewebauthn\/server/, only: /^src\/passkeys\.ts$/ },
  { what: 'reads the environment', pattern: /process\.env/, only: /^src\/(?:config|cli\/environment)\.ts$/ },
]

const PACKAGES: Record<string, RegExp> = { domain: /^$/, contract: /^zod$/, web: /^(?!node:)/ }

type Sources = Record<string, string>

describe('the house', () => {
  const sources = Object.fromEntries(
    globSync(['src/**/*.ts', 'web/**/*.{ts,tsx}'], { exclude: ['web/vite.config.ts'] })
      .filter((file) => !file.endsWith('.test.ts'))
      .map((file) => [file, readFileSync(file, 'utf8')]),
  )

  test('has files to look at', () => {
    expect(Object.keys(sources).length).toBeGreaterThan(100)
  })

  test('has every import in the table of who may import whom', () => {
    expect(strayImports(sources)).toEqual([])
  })

  test('opens connections, holds SQL and reads the environment in one place each', () => {
    expect(strayPowers(sources)).toEqual([])
  })

  test('has no import that goes round in a circle', () => {
    expect(circles(sources)).toEqual([])
  })
})

describe('the check itself', () => {
  test.each<[string, string, string]>([
    ['src/domain/money.ts', "import { hash } from 'node:crypto'", 'src/domain/money.ts → node:crypto'],
    ['src/domain/money.ts', "import type { Db } from '../app.ts'", 'src/domain/money.ts → src/app.ts'],
    ['src/contract/keys.ts', "import pino from 'pino'", 'src/contract/keys.ts → pino'],
    ['src/api/keys.ts', "import {\n  findKey,\n} from '../db/keys.ts'", 'src/api/keys.ts → src/db/keys.ts'],
    [
      'src/gateway/admit.ts',
      "const keys = await import('../actions/keys.ts')",
      'src/gateway/admit.ts → src/actions/keys.ts',
    ],
    [
      'src/gateway/admit.ts',
      "import { buildApp } from '../build-app.ts'",
      'src/gateway/admit.ts → src/build-app.ts',
    ],
    [
      'web/pages/KeysPage.tsx',
      "import { listKeys } from '../../src/actions/keys.ts'",
      'web/pages/KeysPage.tsx → src/actions/keys.ts',
    ],
    ['web/api.ts', "import { hash } from 'node:crypto'", 'web/api.ts → node:crypto'],
    ['src/log.ts', "export { notify } from './db/notify.ts'", 'src/log.ts → src/db/notify.ts'],
    ['src/cli/keys.ts', "import './../config.ts'", 'src/cli/keys.ts → src/config.ts'],
  ])('names a stray import of %s', (file, source, named) => {
    expect(strayImports({ [file]: source })).toEqual([named])
  })

  test.each<[string, string, string]>([
    ['src/actions/keys.ts', "await fetch('https://example.com')", 'opens outbound connections'],
    ['src/providers/openai.ts', "import { request } from 'undici'", 'opens outbound connections'],
    ['src/gateway/forward.ts', "import { connect } from 'node:tls'", 'opens outbound connections'],
    ['src/actions/keys.ts', "import { sql } from 'kysely'", 'talks to the database'],
    ['src/ledger/keys.ts', 'const rows = sql`select 1`', 'talks to the database'],
    ['src/log.ts', 'const level = process.env.LEVEL', 'reads the environment'],
    ['src/actions/users.ts', "import { hash } from '@node-rs/argon2'", 'hashes passwords'],
    ['src/actions/passkeys.ts', "import { x } from '@simplewebauthn/server/helpers'", 'speaks WebAuthn'],
    ['src/auth/token.ts', "import { jwtVerify } from 'jose'", 'reads signed tokens'],
  ])('names %s when it goes beyond its part', (file, source, what) => {
    expect(strayPowers({ [file]: source })).toEqual([`${file} ${what}`])
  })

  test('names a circle', () => {
    const sources = {
      'src/db/a.ts': "import { b } from './b.ts'",
      'src/db/b.ts': "import { a } from './a.ts'",
    }
    expect(circles(sources)).toEqual(['src/db/a.ts → src/db/b.ts → src/db/a.ts'])
  })
})

function strayImports(sources: Sources): string[] {
  return Object.entries(sources).flatMap(([file, source]) =>
    importsOf(file, source)
      .map(({ target }) => ({ target, arrow: `${file} → ${target}` }))
      .filter(({ target, arrow }) => !EXCEPTIONS.has(arrow) && !mayImport(folderOf(file), target))
      .map(({ arrow }) => arrow),
  )
}

function mayImport(from: string, target: string): boolean {
  if (!/^(?:src|web)\//.test(target)) return PACKAGES[from]?.test(target) ?? true
  const allowed = MAY_IMPORT[from] ?? []
  const to = folderOf(target)
  return to === from || allowed.includes(to) || allowed.includes('*')
}

function strayPowers(sources: Sources): string[] {
  return Object.entries(sources)
    .filter(([file]) => !/^(?:src\/cli|web)\//.test(file) || file === 'src/cli/environment.ts')
    .flatMap(([file, source]) =>
      RESERVED.filter(({ pattern, only }) => pattern.test(source) && !only.test(file)).map(
        ({ what }) => `${file} ${what}`,
      ),
    )
}

/** Types do not count: they are gone before anything runs. */
function circles(sources: Sources): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: string[]): void => {
    const start = path.indexOf(file)
    if (start >= 0) found.push([...path.slice(start), file].join(' → '))
    if (start >= 0 || done.has(file)) return
    for (const { target, typeOnly } of importsOf(file, sources[file] ?? '')) {
      if (!typeOnly) visit(target, [...path, file])
    }
    done.add(file)
  }
  for (const file of Object.keys(sources)) visit(file, [])
  return found
}

function importsOf(file: string, source: string): { target: string; typeOnly: boolean }[] {
  const statements = source.matchAll(
    /^(?:import|export)\b(?:(?<what>[^'";=]*?)\bfrom)?\s*'(?<from>[^']+)'|\bimport\('(?<later>[^']+)'\)/gm,
  )
  return [...statements].map(({ groups }) => {
    const target = groups?.from ?? groups?.later ?? ''
    const resolved = target.startsWith('.') ? normalize(join(dirname(file), target)) : target
    return { target: resolved, typeOnly: /^\s*type\b/.test(groups?.what ?? '') }
  })
}

function folderOf(file: string): string {
  if (file.startsWith('web/')) return 'web'
  if (WIRING.includes(file)) return 'wiring'
  const [, folder, rest] = file.split('/')
  return rest === undefined ? 'tools' : (folder ?? '')
}
