import type { Command } from 'commander'
import { tokenSelf } from '../contract/tokens.ts'
import { note, printAnswer } from './answer.ts'
import { addExamples } from './command.ts'
import { removeConfigFile, writeConfigFile } from './config-file.ts'
import { lister } from './lists.ts'
import { readSecret, requireHeaderText, type SecretSource } from './secrets.ts'
import { ask, type GlobalFlags, openSession } from './session.ts'

/** `claviger login`, `logout` and `whoami`. */
export function addSignIn(program: Command): void {
  addLogin(program)
  addLogout(program)
  addWhoami(program)
}

function addLogin(program: Command): void {
  const command = program
    .command('login')
    .option('--token-stdin', 'read the API token from standard input')
    .option('--from-file <path>', 'read the API token from a file')
    .summary('Sign in with an API token')
    .description(
      'Sign in with an API token, which is kept for later commands in a file that only you may read.',
    )
  addExamples(command, [
    'claviger login --token-stdin < token',
    'claviger login --url https://llm.acme.example',
  ])
  command.action(async ({ tokenStdin, fromFile }: SecretSource & { tokenStdin?: boolean }) => {
    const session = await openSession(command.optsWithGlobals<GlobalFlags>())
    const source = { fromStdin: tokenStdin, fromFile }
    const given = await readSecret('API token', source, session.environment, '--token-stdin')
    const token = requireHeaderText('API token', given.trim())
    const signedIn = { ...session, client: { ...session.client, token } }
    const self = await ask(signedIn, tokenSelf, {})
    const { configFile } = session.environment
    await writeConfigFile(configFile, { url: session.client.baseUrl, token })
    const who = self.user?.email ?? self.serviceAccount?.name ?? ''
    note(`Signed in to ${session.client.baseUrl} as ${who} (${configFile}).`)
    if (session.environment.token !== undefined) note('CLAVIGER_TOKEN is set as well, and comes first.')
  })
}

function addLogout(program: Command): void {
  const command = program
    .command('logout')
    .summary('Forget the stored API token')
    .description('Forget the stored API token. The token itself goes on working until it is revoked.')
    .action(async () => {
      const { environment } = await openSession(command.optsWithGlobals<GlobalFlags>())
      const removed = await removeConfigFile(environment.configFile)
      note(removed ? `Signed out: ${environment.configFile} is gone.` : 'You were not signed in.')
      if (removed) note('To end the token itself: claviger token revoke')
    })
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
