import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { setupComplete } from '../contract/setup.ts'
import { note, print } from './answer.ts'
import { addExamples } from './command.ts'
import { writeConfigFile } from './config-file.ts'
import { Failure } from './failure.ts'
import { prompt, readSecret, type SecretSource } from './secrets.ts'
import { ask, type GlobalFlags, openSession, type Session } from './session.ts'
import { openSecretFile, showSecret } from './shown-once.ts'

type Form = { organization?: string; email?: string; name?: string }
type Flags = GlobalFlags & SecretSource & Form & { outputFile?: string }

/** `claviger setup`: makes a new installation somebody's, and signs that person in here. */
export function addSetup(program: Command): void {
  const command = program
    .command('setup')
    .option('--organization <name>', 'who the installation is for')
    .option('--email <address>', "the owner's e-mail address")
    .option('--name <name>', "the owner's name")
    .option('--from-stdin', 'read the set-up token from standard input')
    .option('--from-file <path>', 'read the set-up token from a file')
    .option('--output-file <path>', "write the owner's API token to a new file that only you may read")
    .summary('Set up a new installation, once')
    .description(
      "Set up a new installation, once: its organization, its owner and the owner's API token.\n\n" +
        'The set-up token proves that you run the server. On the same machine it is found by itself, in the\n' +
        'data directory (CLAVIGER_DATA_DIR); elsewhere take it from the link that the server prints.',
    )
  addExamples(command, [
    'claviger setup --organization Acme --email ada@acme.example --name Ada',
    'claviger setup --organization Acme --email ada@acme.example --name Ada --from-file setup-token',
  ])
  command.action(async () => {
    const flags = command.optsWithGlobals<Flags>()
    const session = await openSession(flags)
    const form = await readForm(session, flags)
    const setupToken = linkToken(await readSetupToken(session, flags))
    const file = flags.outputFile === undefined ? null : await openSecretFile(flags.outputFile)
    const answer = await ask(session, setupComplete, { body: { ...form, setupToken } }).catch(
      async (error) => {
        await file?.discard()
        throw error
      },
    )
    // Handed over before anything else can go wrong: this is the only time we have it.
    if (file) await file.keep(answer.secret)
    else if (session.json) print(JSON.stringify(answer, null, 2))
    else showSecret(answer.secret)
    const { configFile } = session.environment
    await writeConfigFile(configFile, { url: session.client.baseUrl, token: answer.secret })
    note(
      `\n${answer.organization.name} is set up, and you are signed in as ${answer.user.email} (${configFile}).`,
    )
    note('Next: claviger team create --name Search')
  })
}

async function readForm(session: Session, flags: Form): Promise<Required<Form>> {
  return {
    organization: await need(session, 'organization', 'Organization: ', flags.organization),
    email: await need(session, 'email', 'Your e-mail address: ', flags.email),
    name: await need(session, 'name', 'Your name: ', flags.name),
  }
}

async function need(
  session: Session,
  flag: string,
  question: string,
  given: string | undefined,
): Promise<string> {
  if (given !== undefined) return given
  if (session.environment.interactive) return prompt(question)
  throw new Failure('usage', `A required flag is missing: --${flag}.`, { next: 'claviger setup --help' })
}

/** From where it was pointed to, else from the data directory of a server on this machine. */
async function readSetupToken(session: Session, source: SecretSource): Promise<string> {
  if (source.fromStdin || source.fromFile !== undefined)
    return readSecret('set-up token', source, session.environment)
  const path = join(session.environment.dataDirectory, 'secrets', 'setup-token')
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (cause) {
    if (session.environment.interactive) return readSecret('set-up token', source, session.environment)
    throw new Failure('usage', `There is no set-up token in ${path}.`, {
      cause,
      next: 'Set CLAVIGER_DATA_DIR to the data directory of the server, or pipe in the token from the link it printed: --from-stdin',
    })
  }
}

/** People may paste the whole link. */
function linkToken(text: string): string {
  return /[#?&]token=([^&#\s]+)/.exec(text)?.[1] ?? text.trim()
}
