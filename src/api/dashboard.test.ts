import { globSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { type ControlPlane, serveControlPlane } from '../../test/control-plane.ts'
import { readFirstFiles } from './dashboard.ts'

const BUILT = 'web/dist'
/** The first page somebody opens brings no more script than this. */
const MOST_INITIAL_BYTES = 250_000
const MOST_FILES = 30
const SETTINGS = ['Data', 'Keys', 'Network', 'Notifications', 'Organization', 'Requests', 'SignIn', 'Sso']

let app: TestApp
let api: ControlPlane

beforeAll(async () => {
  app = await testApp()
  api = await serveControlPlane(app)
})

afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

const go = (path: string, headers = {}) =>
  fetch(`${api.url}${path}`, { headers: { accept: 'text/html', ...headers } })

test.each(['/', '/keys', '/keys/key_01', '/usage?by=team', '/no/such/page'])(
  'a browser that goes to %s gets the dashboard, which knows its own addresses',
  async (path) => {
    const answer = await go(path)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.text()).toContain('<div id="root">')
  },
)

test.each([
  ['/api/v1/nothing', { accept: 'text/html' }],
  ['/keys', { accept: 'application/json' }],
  ['/assets/nothing.js', { accept: '*/*' }],
  ['/assets/..%2f..%2fpackage.json', { accept: '*/*' }],
])('%s is no page: who asked for something else gets 404', async (path, headers) => {
  const answer = await go(path, headers)
  expect(answer.status).toBe(404)
  expect(answer.headers.get('content-type')).toContain('problem+json')
})

test('no script of the page is inline, none comes from elsewhere, and each answer has a nonce of its own', async () => {
  const [first, second] = await Promise.all([go('/'), go('/')])
  const policies = [first, second].map(({ headers }) => headers.get('content-security-policy') ?? '')
  const nonces = policies.map((policy) => /style-src 'self' 'nonce-([\w+/=]{24})'/.exec(policy)?.[1])
  expect(nonces[0]).toBeDefined()
  expect(nonces[0]).not.toBe(nonces[1])
  for (const policy of policies) {
    expect(policy).toContain("default-src 'none'; script-src 'self';")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
  }
  const page = await first.text()
  expect(page).toContain(`content="${nonces[0]}"`)
  expect(page.replaceAll(/<script [^>]*src="\/assets\/[^"]+"[^>]*><\/script>/g, '')).not.toContain('<script')
})

test.each([
  ['/', 'HomePage'],
  ['/keys/key_01', 'KeyPage'],
  ['/settings/keys', 'SettingsPage'],
])('the page at %s names the scripts that it is made of, to be fetched at once', async (path, file) => {
  const page = await (await go(path)).text()
  const named = [...page.matchAll(/<link rel="modulepreload" crossorigin href="\/(assets\/[^"]+)">/g)]
  const scripts = [...page.matchAll(/<script [^>]*src="\/(assets\/[^"]+)"/g)]
  const brought = [...named, ...scripts].map(([, name]) => name)
  expect(named.length).toBeGreaterThan(1)
  expect(brought.toSorted()).toEqual(broughtBy([file]).toSorted())
})

test('which files come first is a hint: a build that does not say it is served without', () => {
  expect(readFirstFiles(BUILT).length).toBeGreaterThan(20)
  expect(readFirstFiles('web/pages')).toEqual([])
})

test('files whose names hold their hash are kept for a year, the others are asked for again', async () => {
  const [script = ''] = globSync('assets/index-*.js', { cwd: BUILT })
  const built = await go(`/${script}`, { accept: '*/*' })
  expect(built.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(built.headers.get('content-encoding')).toBe('gzip')
  expect(await built.text()).toBe(readFileSync(`${BUILT}/${script}`, 'utf8'))
  const fixed = await go('/assets/color-scheme.js', { accept: '*/*' })
  expect(fixed.headers.get('cache-control')).toBe('no-cache')
})

/** Each page of the dashboard by the name of its file, and each section of the settings, which is a page with a file of its own. */
const OPENED = [
  ...globSync('*Page.tsx', { cwd: 'web/pages' }).map((file) => [file.replace('.tsx', '')]),
  ...SETTINGS.map((section) => ['SettingsPage', section]),
]

test.each(OPENED)(
  '%s, opened first, brings no more script than it may, as it is sent, in 30 files',
  (...parts) => {
    const files = broughtBy(parts)
    const sent = files.map((file) => gzipSync(readFileSync(`${BUILT}/${file}`)).length)
    expect(sent.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(MOST_INITIAL_BYTES)
    expect(files.length).toBeLessThanOrEqual(MOST_FILES)
  },
)

test('no file imports itself by way of others: one of them would begin before what it needs', () => {
  const all = globSync('assets/*-????????.js', { cwd: BUILT })
  expect(all.length).toBeGreaterThan(OPENED.length)
  expect(all.filter((file) => importsOf([file]).includes(file))).toEqual([])
})

test('a page that drew charts at once would bring too much', () => {
  const sent = broughtBy(['ModelsPage', 'ChartDrawing']).map(
    (file) => gzipSync(readFileSync(`${BUILT}/${file}`)).length,
  )
  expect(sent.reduce((sum, bytes) => sum + bytes, 0)).toBeGreaterThan(MOST_INITIAL_BYTES)
})

/** The scripts of index.html and of these parts, with all that they import at once. */
function broughtBy(parts: string[]): string[] {
  const page = readFileSync(`${BUILT}/index.html`, 'utf8')
  const scripts = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(
    ([, file]) => file as string,
  )
  expect(scripts.length).toBeGreaterThan(1)
  const own = parts.flatMap((part) => {
    const found = globSync(`assets/${part}-????????.js`, { cwd: BUILT })
    expect(found, part).toHaveLength(1)
    return found
  })
  const first = [...scripts, ...own]
  return [...new Set([...first, ...importsOf(first)])]
}

/** What these files import at once, and what that imports. What is fetched later does not count. */
function importsOf(files: string[], seen = new Set<string>()): string[] {
  for (const file of files) {
    const source = readFileSync(`${BUILT}/${file}`, 'utf8')
    const found = [...source.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)].map(
      ([, name]) => `assets/${name}`,
    )
    const fresh = found.filter((name) => !seen.has(name))
    for (const name of fresh) seen.add(name)
    importsOf(fresh, seen)
  }
  return [...seen]
}
