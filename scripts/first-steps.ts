import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openBrowser } from '../test/e2e/browser.ts'
import { freePort } from '../test/e2e/free-port.ts'

/**
 * Takes a newcomer's first steps on a clean clone, in a real browser, with a clock: what README.md and the pages say, and
 * nothing else. Writes docs/first-steps.md. A program presses at once what a person first reads, so its seconds are what
 * the product takes, not what a person does.
 */
const HERE = join(import.meta.dirname, '..')
const SETUP_LINK = /http:\S+\/setup\?token=\S+/
const START_MS = 120_000
const STEP_MS = 30_000
const END_MS = 30_000

/** A newcomer has no settings of Claviger, and is not in an npm script. What leads to the registry is theirs, too. */
const NOT_THEIRS = /^(?:CLAVIGER_|DATABASE_URL$|PORT$|ROLES$|NODE_ENV$|npm_(?!config_registry$))/
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_THEIRS.test(name)))

const folder = mkdtempSync(join(tmpdir(), 'claviger-first-steps-'))
// Run by root, the database is another user's.
chmodSync(folder, 0o711)
const clone = join(folder, 'claviger')
let program: ChildProcess | null = null
process.once('exit', cleanUp)
process.once('SIGINT', () => process.exit(130))

const git = (args: string[], cwd: string) => execFileSync('git', args, { cwd, encoding: 'utf8' }).trim()
git(['clone', '--quiet', HERE, clone], folder)
const commit = git(['rev-parse', '--short', 'HEAD'], clone)
const installed = await timed('`npm ci`', async () => {
  execFileSync('npm', ['ci'], { cwd: clone, env, stdio: 'ignore' })
})
const port = await freePort()
let link = ''
const started = await timed('`npm start`, until it prints the set-up link', async () => {
  // Its own group, so that all that npm starts ends with it.
  program = spawn('npm', ['start'], {
    cwd: clone,
    env: { ...env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  link = await said(program, SETUP_LINK)
})
writeFileSync(join(HERE, 'docs', 'first-steps.md'), print([installed, started], await walk(link)))
await end()
process.exit()

/** Ends the program in good order, which takes its database along: npm is gone before it. */
async function end(): Promise<void> {
  if (!program?.pid) return
  const { pid } = program
  process.kill(-pid, 'SIGTERM')
  for (const late = Date.now() + END_MS; Date.now() < late && hasProcesses(pid); ) await sleep(100)
  program = null
}

function hasProcesses(group: number): boolean {
  try {
    return process.kill(-group, 0)
  } catch {
    return false
  }
}

function cleanUp(): void {
  if (program?.pid) process.kill(-program.pid, 'SIGTERM')
  rmSync(folder, { recursive: true, force: true })
}

type Timed = { step: string; ms: number }

async function timed(step: string, take: () => Promise<unknown>): Promise<Timed> {
  const from = performance.now()
  await take()
  return { step, ms: performance.now() - from }
}

/** What the program says first that looks like this. */
function said(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`ended before it said ${pattern}`)))
    const late = setTimeout(() => reject(new Error(`not said in time: ${pattern}`)), START_MS)
    let text = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (more: string) => {
        text += more
        const [found] = pattern.exec(text) ?? []
        if (found === undefined) return
        clearTimeout(late)
        resolve(found)
      })
    }
  })
}

async function walk(link: string): Promise<Timed[]> {
  await using browser = await openBrowser()
  await using context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
  context.setDefaultTimeout(STEP_MS)
  const page = await context.newPage()
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const press = (name: string) => button(name).click()
  const steps: [step: string, take: () => Promise<unknown>][] = [
    [
      'Open the link',
      async () => {
        await page.goto(link)
        await button('Set up').waitFor()
      },
    ],
    [
      'Say who you are and choose a password: *Set up*',
      async () => {
        await page.getByLabel('Organization').fill('Acme')
        await page.getByLabel('Your name').fill('Ada')
        await page.getByLabel('Your e-mail address').fill('ada@example.com')
        await page.getByLabel('New password').fill('seven quiet herons by the weir')
        await press('Set up')
        await button('Create the key').waitFor()
      },
    ],
    [
      '*Create the key*: the demo provider is connected already',
      async () => {
        await press('Create the key')
        await button('Copy').waitFor()
      },
    ],
    ['*Copy*', () => press('Copy')],
    [
      '*Test it*: the gateway answers',
      async () => {
        await press('Test it')
        await page.getByRole('dialog').getByText('Answered in').waitFor()
      },
    ],
    [
      '*I have saved it*: the page waits for the first call',
      async () => {
        await press('I have saved it')
        await page.getByText('Waiting for the first call').waitFor()
      },
    ],
    [
      '*Run it here*: the call is there, with its tokens and its cost',
      async () => {
        await press('Run it here')
        await page.getByText('All of it works').waitFor()
      },
    ],
  ]
  const walked: Timed[] = []
  for (const [step, take] of steps) walked.push(await timed(step, take))
  return walked
}

function print(before: Timed[], steps: Timed[]): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  const all = (rows: Timed[]) => seconds(rows.reduce((sum, { ms }) => sum + ms, 0))
  const row = (name: string | number, { step, ms }: Timed) => `| ${name} | ${step} | ${seconds(ms)} |`
  return `# The first five minutes

From a clean clone to the first call that is counted; the demo provider needs no network. Made by \`npm run first-steps\` on
${new Date().toISOString().slice(0, 10)} with ${commit}, on ${cpus().length} cores. A program types and presses at once, in a real Chromium, so these
seconds are what the product takes; what a person takes to read and to type comes on top, and was not timed.

| | step | took |
|--:|---|--:|
${before.map((timed) => row('', timed)).join('\n')}
${steps.map((timed, index) => row(index + 1, timed)).join('\n')}

Two commands take ${all(before)}, and ${steps.length} steps in the browser ${all(steps)}.
`
}
