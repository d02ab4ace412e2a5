import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { newSecret } from '../src/actions/sessions.ts'
import { readConfig } from '../src/config.ts'
import { accessRequestList } from '../src/contract/access-requests.ts'
import { budgetList } from '../src/contract/budgets.ts'
import { type Client, call } from '../src/contract/client.ts'
import { SESSION_COOKIE } from '../src/cookies.ts'
import { connectOnce } from '../src/db/connect.ts'
import { newId } from '../src/ids.ts'
import { createKeyring } from '../src/keyring.ts'
import { readRootKey } from '../src/root-key.ts'
import { openBrowser } from '../test/e2e/browser.ts'
import { SECTIONS } from '../web/pages/settings/sections.ts'
import { PAGES } from '../web/paths.ts'
import { databaseUrlIn, startClaviger } from './claviger.ts'
import { killAll, stopAll } from './processes.ts'
import { cpuSecondsByPid, cpuSecondsSince, descendantsOf } from './procfs.ts'
import { ports } from './settings.ts'
import { fillYear, issueTokens, lookAround, ownerOf, type Who, YEAR } from './year.ts'

/*
 * How long each page of the dashboard takes to be there, in a real browser on a year of data: `node bench/pages.ts --dir
 * DIR` (README.md), on what `reads.ts` fills.
 */

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string' },
    ...YEAR,
    only: { type: 'string', default: '' },
    as: { type: 'string', default: 'owner,team admin,builder' },
    repeats: { type: 'string', default: '5' },
  },
})
if (options.dir === undefined) throw new Error('--dir: where the installation is, or is to be made.')
const dir = options.dir

const VIEWPORT = { width: 1280, height: 800 }
/** A page that stays as it is for this long is there. */
const STILL_MS = 300
const PATIENCE_MS = 20_000
const baseUrl = `http://127.0.0.1:${ports.claviger}`

/** What is pressed is answered at once when no task takes longer (web.dev/articles/inp calls 200 ms good). */
const AT_ONCE_MS = 200

/**
 * Runs in each page before its own scripts. `since`: the first frame since which everything was there. `heading`: the first
 * frame with the page's heading. `busyUntil`: the end of the last task that would have kept somebody waiting.
 */
const WATCH = `
  globalThis.there = { since: null, heading: null, busyUntil: 0 }
  new PerformanceObserver((tasks) => {
    for (const { startTime, duration } of tasks.getEntries())
      if (duration > ${AT_ONCE_MS}) there.busyUntil = startTime + duration
  }).observe({ type: 'longtask', buffered: true })
  let underWay = 0
  const { fetch } = globalThis
  globalThis.fetch = (...asked) => {
    underWay++
    return fetch(...asked).finally(() => underWay--)
  }
  const look = () => {
    const heading = document.querySelector('h1')
    if (heading) there.heading ??= performance.now()
    const all = underWay === 0 && heading && !document.querySelector('[aria-busy="true"]')
    there.since = all ? (there.since ?? performance.now()) : null
    requestAnimationFrame(look)
  }
  requestAnimationFrame(look)`

mkdirSync(dir, { recursive: true })
chmodSync(dir, 0o711)
process.on('exit', killAll)
process.once('SIGINT', () => stopAll().finally(() => process.exit(130)))

try {
  const target = await startClaviger(dir, { lowPriority: false })
  const owner = ownerOf(dir, baseUrl)
  await fillYear(dir, owner, options)
  const { subject, people } = await lookAround(owner)
  const tokens = await issueTokens(owner, people)
  const names = (Object.keys(people) as Who[]).filter((name) => options.as.split(',').includes(name))
  const visitors = await Promise.all(
    names.map(async (name) => {
      const { keyIds: _, ...known } = subject
      const things: Record<string, string> = {
        ...known,
        ...(await thingsOf({ ...owner, token: tokens[name] })),
      }
      return { cookie: await signIn(people[name]), things }
    }),
  )
  await using browser = await openBrowser()
  const kinds = names.flatMap((name) => [`${name}, cold`, 'warm'])
  console.log(
    `| interactive / all there / longest / CPU in ms, as | ${kinds.join(' | ')} |\n|---|${'--:|'.repeat(kinds.length)}`,
  )
  for (const { name, path } of addresses().filter(({ name }) => name.includes(options.only))) {
    const cells: string[] = []
    for (const { cookie, things } of visitors) {
      const address = path.replace(/\$(\w+)/, (_, field) => things[field] ?? '')
      cells.push(
        ...(address.endsWith('/') && path.includes('$')
          ? ['–', '–']
          : await timesOf(browser, cookie, address, () => [
              ...descendantsOf(process.pid),
              ...target.helperPids(),
            ])),
      )
    }
    console.log(`| ${name} | ${cells.join(' | ')} |`)
  }
} finally {
  await stopAll()
}

/** Every page, and every section of the settings. */
function addresses(): { name: string; path: string }[] {
  return PAGES.flatMap(({ path, title }) =>
    path === '/settings/$section'
      ? SECTIONS.map((section) => ({ name: `${title}: ${section.title}`, path: `/settings/${section.id}` }))
      : [{ name: title, path }],
  )
}

/** The first that this person sees, of what else has a page. */
async function thingsOf(client: Client): Promise<{ accessRequestId?: string; budgetId?: string }> {
  const [request] = (await call(client, accessRequestList, { query: { limit: 1 } })).data
  const [budget] = (await call(client, budgetList, { query: { limit: 1 } })).data
  return { ...(request && { accessRequestId: request.id }), ...(budget && { budgetId: budget.id }) }
}

/** Begins a session as if they had signed in with a second factor; answers the value of its cookie. */
async function signIn(userId: string): Promise<string> {
  const config = readConfig({ CLAVIGER_DATA_DIR: join(dir, 'claviger-data') })
  const secret = newSecret('ses')
  const { hashSecret } = createKeyring(readRootKey(config).key)
  const client = await connectOnce(databaseUrlIn(dir), 'bench')
  try {
    const id = newId('ses')
    await client.query('begin')
    await client.query(
      `insert into sessions (id, user_id, kind, hash, methods, mfa, expires_at)
       values ($1, $2, 'browser', $3, '{pwd,otp}', true, now() + interval '1 day')`,
      [id, userId, hashSecret(secret)],
    )
    await client.query(
      `insert into audit_events (id, actor_kind, actor_id, action, target_id)
       values ($1, 'setup', 'bench', 'session.create', $2)`,
      [newId('evt'), id],
    )
    await client.query('commit')
  } finally {
    await client.end()
  }
  return secret
}

type Opened = { interactiveMs: number; ms: number; cpuMs: number }

/**
 * Cold: in a browser that has nothing of it yet. Warm: opened anew where it was opened before. The CPU time is of the
 * program, its database and the browser: what two cores share with nothing else to do.
 */
async function timesOf(
  browser: Browser,
  cookie: string,
  address: string,
  pids: () => number[],
): Promise<[string, string]> {
  const cold: Opened[] = []
  const warm: Opened[] = []
  for (let i = 0; i < Number(options.repeats); i++) {
    await using context = await browser.newContext({ viewport: VIEWPORT })
    // Chromium takes loopback for safe, and so keeps a cookie there that is for TLS alone.
    const url = baseUrl.replace('http:', 'https:')
    await context.addCookies([
      { name: SESSION_COOKIE, value: cookie, url, httpOnly: true, secure: true, sameSite: 'Lax' },
    ])
    const page = await context.newPage()
    await page.addInitScript(WATCH)
    for (const times of [cold, warm]) {
      const before = cpuSecondsByPid(pids())
      await page.goto(`${baseUrl}${address}`, { waitUntil: 'commit' })
      const there = await thereAfter(page)
      times.push({ ...there, cpuMs: cpuSecondsSince(before, pids()) * 1000 })
    }
    const seen = await page.locator('main').textContent()
    if (seen?.includes('You may not see this') || seen?.includes('This is not here'))
      return ['refused', 'refused']
    if (seen?.includes('This did not load')) return ['failed', 'failed']
  }
  return [told(cold), told(warm)]
}

/**
 * From the beginning of the navigation until the page could be used: its heading on screen, and no task of more than
 * `AT_ONCE_MS` after that; and until it was there: its data as well, with nothing under way or busy.
 */
async function thereAfter(page: Page): Promise<{ interactiveMs: number; ms: number }> {
  const there = await page.waitForFunction(
    (still) => {
      // What `WATCH` keeps: once everything is there, the heading is.
      const { since, heading, busyUntil } = (
        globalThis as unknown as { there: { since: number | null; heading: number; busyUntil: number } }
      ).there
      if (since === null || performance.now() - since < still) return false
      return { interactiveMs: Math.max(heading, busyUntil), ms: since }
    },
    STILL_MS,
    { timeout: PATIENCE_MS },
  )
  // It has waited until that was no longer false.
  return (await there.jsonValue()) as { interactiveMs: number; ms: number }
}

function told(times: Opened[]): string {
  const inOrder = (of: (opened: Opened) => number) => times.map(of).toSorted((one, other) => one - other)
  const middle = Math.floor(times.length / 2)
  const interactive = inOrder((opened) => opened.interactiveMs)
  const ms = inOrder((opened) => opened.ms)
  const cpu = inOrder((opened) => opened.cpuMs)
  return [interactive[middle], ms[middle], ms.at(-1), cpu[middle]]
    .map((value) => value?.toFixed(0))
    .join(' / ')
}
