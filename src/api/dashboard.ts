import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Context, Hono } from 'hono'

const BUILT = join(import.meta.dirname, '../../web/dist')
const NONCE_BYTES = 16
const ONE_YEAR_SECONDS = 31_536_000

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** Names of built files hold a hash of what is in them: `KeysPage-B1x9a_Qd.js`. */
const HASHED = /-[A-Za-z0-9_-]{8}\.\w+$/

type Asset = { type: string; bytes: Uint8Array<ArrayBuffer>; gzipped: Uint8Array<ArrayBuffer> }

/**
 * The dashboard as `vite build` left it: its files below `/assets`, and its page for every other address of a browser that
 * nothing else answers, since the addresses of its pages are its own. Call it after all other routes.
 */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, the dashboard does not look at it.
export function serveDashboard(hono: Hono<any>): void {
  if (!existsSync(BUILT)) {
    hono.get('*', (c, next) => (isNavigation(c) ? c.text(NOT_BUILT, 503) : next()))
    return
  }
  const assets = readAssets()
  const page = readFileSync(join(BUILT, 'index.html'), 'utf8')
  const pages = readFirstFiles(BUILT).map(({ path, files }) => ({
    at: new RegExp(`^${path.replaceAll(/\$\w+/g, '[^/]+')}$`),
    html: page.replace('</head>', `${files.map(linkTo).join('')}</head>`),
  }))
  hono.get('/assets/:name', (c, next) => {
    const asset = assets.get(c.req.param('name'))
    return asset ? answer(c, asset) : next()
  })
  hono.get('*', (c, next) => {
    if (!isNavigation(c)) return next()
    const nonce = randomBytes(NONCE_BYTES).toString('base64')
    c.header('content-security-policy', policy(nonce))
    c.header('cross-origin-opener-policy', 'same-origin')
    // As of the other pages: forms of ours need to say where they come from.
    c.header('referrer-policy', 'same-origin')
    const { html } = pages.find(({ at }) => at.test(c.req.path)) ?? { html: page }
    return c.html(html.replaceAll('{{nonce}}', nonce))
  })
}

type FirstFiles = { path: string; files: string[] }[]

/** Which files each page is made of beside the first script: hints, which an older build does not have. */
export function readFirstFiles(built: string): FirstFiles {
  const file = join(built, 'first-files.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
}

/** Has a file fetched at once. A style sheet is not used before the page asks for it: one that fails would hold up all. */
function linkTo(file: string): string {
  return file.endsWith('.css')
    ? `<link rel="preload" as="style" crossorigin href="/${file}">`
    : `<link rel="modulepreload" crossorigin href="/${file}">`
}

/** No inline script and nothing from elsewhere. Style elements are the kit's own, by a nonce. */
function policy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

const NOT_BUILT = 'The dashboard is not built. Run: npm run build\n'

/** A person who goes somewhere, not a program that mistypes an address of the API. */
function isNavigation(c: Context): boolean {
  const { path } = c.req
  return !path.startsWith('/api/') && (c.req.header('accept') ?? '').includes('text/html')
}

function readAssets(): Map<string, Asset> {
  const folder = join(BUILT, 'assets')
  return new Map(
    readdirSync(folder).map((name) => {
      const bytes = new Uint8Array(readFileSync(join(folder, name)))
      const type = TYPES[extname(name)] ?? 'application/octet-stream'
      return [name, { type, bytes, gzipped: new Uint8Array(gzipSync(bytes)) }]
    }),
  )
}

function answer(c: Context, { type, bytes, gzipped }: Asset): Response {
  const zipped = (c.req.header('accept-encoding') ?? '').includes('gzip') && gzipped.length < bytes.length
  const lasting = HASHED.test(c.req.path)
  return c.body(zipped ? gzipped : bytes, 200, {
    'content-type': type,
    'cache-control': lasting ? `public, max-age=${ONE_YEAR_SECONDS}, immutable` : 'no-cache',
    vary: 'accept-encoding',
    ...(zipped ? { 'content-encoding': 'gzip' } : {}),
  })
}
