import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Browser, browser, type Page } from './cookie-browser.ts'
import { startProgram, testDataDirectory } from './program.ts'
import { type Cli, type CliResult, createCli } from './run-cli.ts'
import { type SmtpSink, smtpSink } from './smtp-sink.ts'
import { totpCode } from './totp.ts'

/** Where people reach the installation: a name of theirs, with TLS in front. Browsers here know where it really is. */
export const ADDRESS = 'https://claviger.acme.example'

const STEP_MS = 30_000

/** An installation as a process of its own, and what people have around it. */
export type WalkWorld = AsyncDisposable & {
  /** Where it is really served: for command lines and for callers of the gateway. */
  url: string
  dataDir: string
  /** The command line of whoever set it up, with the token that the set-up left. */
  owner: Terminal
  /** Waits for a mail to this address that links to such a page, and returns the link. */
  linkMailedTo(email: string, path: string): Promise<string>
  /** A new browser. */
  open(): Browser
  /** A new command line, signed in by `claviger login` as whoever is signed in in this browser. */
  login(browser: Browser): Promise<Terminal>
}

/** A terminal in front of somebody: every command has to work, but for those that `run` runs. */
export type Terminal = {
  run: Cli['run']
  dir: string
  /** What a command prints. `confirmedBy` is called with the address that it asks to be opened in a browser. */
  print(args: string[], confirmedBy?: (address: string) => Promise<unknown>): Promise<string>
  /** The same, read as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at the fields that they mean.
  json(args: string[], confirmedBy?: (address: string) => Promise<unknown>): Promise<any>
}

/** Starts the real program on its embedded database, set up without anybody at the screen. */
export async function walkWorld(owner: {
  organization: string
  email: string
  name: string
}): Promise<WalkWorld> {
  await using opened = new AsyncDisposableStack()
  const mail = opened.use(await smtpSink())
  const dataDir = opened.use(testDataDirectory())
  const tokenFile = join(dataDir.path, 'owner-token')
  const program = startProgram({
    CLAVIGER_DATA_DIR: dataDir.path,
    CLAVIGER_URL: ADDRESS,
    CLAVIGER_DRAIN_SECONDS: '1',
    CLAVIGER_PRIVATE_UPSTREAMS: '127.0.0.0/8',
    CLAVIGER_SMTP_URL: mail.url,
    CLAVIGER_MAIL_FROM: 'claviger@acme.example',
    CLAVIGER_SETUP_ORGANIZATION: owner.organization,
    CLAVIGER_SETUP_EMAIL: owner.email,
    CLAVIGER_SETUP_NAME: owner.name,
    CLAVIGER_SETUP_TOKEN_FILE: tokenFile,
  })
  opened.defer(async () => {
    program.process.kill('SIGTERM')
    await program.ended
  })
  const said = await program.untilSaid("The owner's API token is in")
  const url = new URL(/health +(\S+)/.exec(said)?.[1] ?? '').origin
  const kept = opened.move()
  const terminal = (env: Record<string, string> = {}) =>
    terminalOf(kept.use(createCli({ CLAVIGER_URL: url, ...env })))
  return {
    url,
    dataDir: dataDir.path,
    linkMailedTo: (email, path) => linkMailedTo(mail, email, path),
    owner: terminal({ CLAVIGER_TOKEN: readFileSync(tokenFile, 'utf8').trim() }),
    open: () => browser({ [ADDRESS]: url }),
    async login(browser) {
      const own = terminal()
      // A browser that opens nothing: the address is read off the terminal.
      const env = { BROWSER: 'true' }
      const { code, stderr } = await heard(own.run, ['login', '--browser'], env, async (address) => {
        const fields = Object.fromEntries(new URL(address).searchParams)
        expect((await browser.go(address)).text).toContain('Did you start this?')
        const done = await browser.go('/oauth/authorize', { ...fields, answer: 'yes' })
        expect(done.text).toContain('You are signed in')
      })
      expect(code, stderr).toBe(0)
      return own
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

async function linkMailedTo({ mails }: SmtpSink, email: string, path: string): Promise<string> {
  const link = () => {
    for (const { to, data } of mails) {
      // Quoted-printable (RFC 2045, 6.7): long lines are broken, and `=` is written as its code.
      const text = data.replaceAll('=\n', '').replaceAll('=3D', '=')
      const [found] = /https:\/\/\S+/.exec(text) ?? []
      if (to === email && found?.startsWith(`${ADDRESS}${path}`)) return found
    }
    return ''
  }
  await expect.poll(link, { message: `a mail to ${email} with a link to ${path}` }).not.toBe('')
  return link()
}

function terminalOf({ run, dir }: Cli): Terminal {
  const print: Terminal['print'] = async (args, confirmedBy) => {
    const { code, stdout, stderr } = await (confirmedBy ? heard(run, args, {}, confirmedBy) : run(args))
    expect(code, `${args.join(' ')}\n${stderr}`).toBe(0)
    return stdout.trim()
  }
  return {
    run,
    dir,
    print,
    json: async (args, confirmedBy) => JSON.parse(await print([...args, '--json'], confirmedBy)),
  }
}

/** Runs a command that asks for an address to be opened, and does so once. What goes wrong there fails the command. */
async function heard(
  run: Cli['run'],
  args: string[],
  env: Record<string, string>,
  visit: (address: string) => Promise<unknown>,
): Promise<CliResult> {
  let visited: Promise<unknown> | null = null
  const result = await run(args, {
    env,
    hears: (said) => {
      const address = /\n {2}(https:\S+)\n/.exec(said)?.[1]
      if (address === undefined || visited !== null) return
      visited = visit(address)
      // Awaited below, when the command has ended.
      visited.catch(() => {})
    },
  })
  await visited
  return result
}

/** The authenticator app of somebody: its next code, each one good once. */
export type Authenticator = { code(): string }

/** Adds the app that the page `offer` asks for. Returns it, and the page that its first code leads to. */
export async function enrol(browser: Browser, offer: Page): Promise<{ app: Authenticator; done: Page }> {
  const secret = /aria-label="Secret">([A-Z2-7 ]+)</.exec(offer.text)?.[1]?.replaceAll(' ', '') ?? ''
  const app = authenticator(secret)
  return { app, done: await browser.go('/sign-in/enrol', { code: app.code() }) }
}

/** A code of the step after the present one is taken as well: so two can be had at once, and none is too old. */
function authenticator(secret: string): Authenticator {
  let used = 0
  return {
    code() {
      const present = Math.floor(Date.now() / STEP_MS)
      used = Math.max(present, used + 1)
      if (used > present + 1) throw new Error('this app was asked for a third code within a minute')
      return totpCode(secret, { stepsAhead: used - present })
    },
  }
}
