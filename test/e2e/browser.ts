import { type Browser, chromium } from 'playwright-core'
import { type BrowserFile, unpackChromium } from './unpack-chromium.ts'

/** Where each place to look has a browser, in the order in which they are tried. */
const PLACES: [name: string, find: () => Promise<BrowserFile>][] = [
  ['@sparticuz/chromium', unpackChromium],
  ['Debian’s chromium', async () => ({ path: '/usr/bin/chromium', env: {} })],
]

/**
 * Chromium ends as soon as it asks for a sandbox as root, and none of our pages is a stranger's. The rest keeps it from
 * calling home, since the tests talk to loopback alone, and paints text in the same way everywhere.
 */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
  '--disable-lcd-text',
]

const START_MS = 30_000

/**
 * Starts a headless Chromium: `CHROME_PATH` if that is set, and nothing else then; or the first one that starts of those
 * that npm and Debian bring. Use it with `await using`, one for a test file, with a fresh context for each test.
 */
export async function openBrowser(): Promise<Browser> {
  const own = process.env.CHROME_PATH
  const places: typeof PLACES = own ? [['CHROME_PATH', async () => ({ path: own, env: {} })]] : PLACES
  const failures: string[] = []
  for (const [name, find] of places) {
    try {
      const { path, env } = await find()
      return await chromium.launch({
        executablePath: path,
        args: ARGS,
        env: { ...process.env, ...env },
        timeout: START_MS,
      })
    } catch (error) {
      failures.push(`  ${name}: ${firstLines(error)}`)
    }
  }
  throw new Error(`No Chromium starts on this machine:\n${failures.join('\n')}\n${ADVICE}`)
}

const ADVICE =
  'Install one (on Debian: apt-get install chromium), or say where one is: CHROME_PATH=/path/to/chrome npm test.'

/** Playwright's errors go on with all that the browser said. */
function firstLines(error: unknown): string {
  return String(error).split('\n').slice(0, 12).join('\n    ')
}
