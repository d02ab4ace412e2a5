import type { Command } from 'commander'
import { tokenSelf } from '../contract/tokens.ts'
import { note, printAnswer } from './answer.ts'
import { addExamples } from './command.ts'
import { readConfigFile, type Tokens, writeConfigFile } from './config-file.ts'
import type { Environment } from './environment.ts'
import { Failure } from './failure.ts'
import { lister } from './lists.ts'
import { loginInBrowser } from './login-browser.ts'
import { loginByDevice } from './login-device.ts'
import { postForm } from './oauth.ts'
import { readSecret, requireHeaderText, type SecretSource } from './secrets.ts'
import { ask, type GlobalFlags, openSession, type Session, tokenStore } from './session.ts'
import { forgetTokens, keepTokens, loadTokens } from './token-store.ts'

/** `claviger login`, `logout` and `whoami`. */
export function addSignIn(program: Command): void {
  addLogin(program)
  addLogout(program)
  addWhoami(program)
}

type LoginFlags = GlobalFlags & { browser?: true; device?: true; tokenStdin?: true; fromFile?: string }

function addLogin(program: Command): void {
  const command = program
    .command('login')
    .option('--browser', 'sign in with the browser of this machine')
    .option('--device', 'sign in with a browser elsewhere, by a code that is shown here')
    .option('--token-stdin', 'read an API token from standard input')
    .option('--from-file <path>', 'read an API token from a file')
    .summary('Sign in')
    .description(
      'Sign in, with your browser: the one of this machine or, without a screen (SSH, a container), any other, by a\n' +
        'code. What you get is kept in the keychain of your system, or in a file that only you may read. With\n' +
        '--token-stdin or --from-file an API token is kept instead, as for automation.',
    )
  addExamples(command, [
    'claviger login --url https://llm.acme.example',
    'claviger login --device',
    'claviger login --token-stdin < token',
  ])
  command.action(async () => {
    const flags = command.optsWithGlobals<LoginFlags>()
    const session = await openSession(flags)
    if (flags.tokenStdin || flags.fromFile !== undefined) await loginWithToken(session, flags)
    else await keep(session, await wayIn(session, flags)(session))
    if (session.environment.token !== undefined) note('CLAVIGER_TOKEN is set as well, and comes first.')
  })
}

function wayIn({ environment }: Session, { browser, device }: LoginFlags): typeof loginInBrowser {
  if (browser && device) throw new Failure('usage', 'Give --browser or --device, not both.')
  if (browser) return loginInBrowser
  if (device) return loginByDevice
  if (environment.interactive) return environment.desktop ? loginInBrowser : loginByDevice
  throw new Failure('usage', 'Nobody is at this terminal who could sign in.', {
    next: 'Somebody is near: claviger login --device. For automation, an API token: claviger login --token-stdin',
  })
}

async function keep(session: Session, tokens: Tokens): Promise<void> {
  const { environment, client } = session
  const who = await nameOf(session, tokens.accessToken)
  await endKept(environment)
  const where = await keepTokens(tokenStore(environment), client.baseUrl, tokens)
  note(`Signed in to ${client.baseUrl} as ${who}.`)
  if (where === 'file') {
    const why = environment.keychain ? 'There is no keychain here, so what' : 'What'
    note(`${why} keeps you signed in is in ${environment.configFile}, which only you may read.`)
  }
}

async function loginWithToken(session: Session, { tokenStdin, fromFile }: LoginFlags): Promise<void> {
  const { environment, client } = session
  const source: SecretSource = { fromStdin: tokenStdin, fromFile }
  const given = await readSecret('API token', source, environment, '--token-stdin')
  const token = requireHeaderText('API token', given.trim())
  const who = await nameOf(session, token)
  await endKept(environment)
  await forgetTokens(tokenStore(environment))
  await writeConfigFile(environment.configFile, { url: client.baseUrl, token })
  note(`Signed in to ${client.baseUrl} as ${who} (${environment.configFile}).`)
}

async function nameOf(session: Session, token: string): Promise<string> {
  const self = await ask({ ...session, token: async () => token }, tokenSelf, {})
  return self.user?.email ?? self.serviceAccount?.name ?? ''
}

function addLogout(program: Command): void {
  const command = program
    .command('logout')
    .summary('Sign out, and forget what was stored')
    .description(
      'Sign out, and forget what was stored. A stored API token is forgotten only: it goes on working until it is revoked.',
    )
    .action(async () => {
      const { environment } = await openSession(command.optsWithGlobals<GlobalFlags>())
      const kept = await endKept(environment)
      if (!(await forgetTokens(tokenStore(environment)))) return note('You were not signed in.')
      if (kept === 'ended') return note('Signed out.')
      note(`Forgotten: ${environment.configFile} is gone.`)
      note(
        kept === 'a token'
          ? 'To end the token itself: claviger token revoke'
          : 'The server could not be told. You can end the session in your profile there.',
      )
    })
}

/** Ends the session that is kept, at the server it is of, as far as that can be reached. */
async function endKept(environment: Environment): Promise<'nothing' | 'a token' | 'ended' | 'not ended'> {
  const config = await readConfigFile(environment.configFile).catch(() => null)
  if (config === null) return 'nothing'
  if ('token' in config) return 'a token'
  try {
    const tokens = await loadTokens(tokenStore(environment), config.url)
    if (tokens === null) return 'nothing'
    await postForm(config.url, '/oauth/revoke', { token: tokens.refreshToken })
    return 'ended'
  } catch (error) {
    if (error instanceof Failure) return 'not ended'
    throw error
  }
}

function addWhoami(program: Command): void {
  const command = program
    .command('whoami')
    .summary('Show as whom you are signed in, and where')
    .description('Show as whom you are signed in, and where.')
    .action(async () => {
      const session = await openSession(command.optsWithGlobals<GlobalFlags>())
      const self = await ask(session, tokenSelf, {})
      if (!session.json && !session.quiet) note(`Signed in to ${session.client.baseUrl}`)
      await printAnswer(session, tokenSelf, self, lister(session))
    })
}
