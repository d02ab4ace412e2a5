import { styleText } from 'node:util'
import { Command } from 'commander'
import { operations } from '../contract/all.ts'
import { auditVerify } from '../contract/audit.ts'
import { doctorLedger } from '../contract/doctor.ts'
import { commandOf } from '../contract/operation.ts'
import { setupComplete } from '../contract/setup.ts'
import { addApi } from './api.ts'
import { addAuditVerify } from './audit-verify.ts'
import { addOperation } from './command.ts'
import { addDoctorLedger } from './doctor.ts'
import { addExchange } from './exchange.ts'
import { addHelp } from './help.ts'
import { addKeyTest } from './key-test.ts'
import { addLogs } from './logs.ts'
import { addServe } from './serve.ts'
import { addSetup } from './setup.ts'
import { addSignIn } from './sign-in.ts'
import { addVersion } from './version.ts'

/** What each noun is, for the list of commands. One that is missing here still works. */
const NOUNS: Record<string, string> = {
  organization: 'Whose installation this is',
  team: 'Who owns projects, keys and budgets',
  project: 'What a team works on',
  environment: 'Where a project runs: development, staging, production',
  user: 'People who own keys',
  view: 'What you saved of pages of the dashboard',
  'service-account': 'Programs that own keys',
  role: 'What those who hold it may do: built in, or your own',
  grant: 'Who holds which role, and where',
  access: 'What you may do, and why not',
  token: 'API tokens, for this command line and for automation',
  invitation: 'Asking somebody in, with the roles they will get',
  profile: 'Your own account, and with what you sign in',
  email: 'The address that you sign in with',
  password: 'What you sign in with',
  totp: 'Your authenticator app',
  passkey: 'What you sign in with, kept by a device: added in the browser',
  'recovery-code': 'For when your phone is gone',
  'step-up': 'Requests that you confirm once more',
  session: 'Where somebody is signed in',
  security: 'How people must sign in',
  connection: 'Signing in at your identity provider',
  mapping: 'Which groups get which roles',
  identity: 'Accounts at identity providers that belong to users',
  'trust-rule': 'Workloads that get keys by a token of their own platform',
  'access-request': 'Asking for more, and deciding about it',
  'approval-rule': 'Requests that approve themselves',
  delivery: 'Keys that wait for their owner to open them',
  document: 'What people have to read before they get keys',
  acknowledgement: 'Who has read what',
  exemption: 'Who need not',
  ownership: 'What keys must say of themselves',
  attestation: 'Keys whose owners have to say that they are needed',
  finding: 'Something odd that a person should see',
  'audit-sink': 'Where the audit trail is sent',
  channel: 'Where notices are sent: Slack, webhooks',
  notice: 'What was said to whom, and what could not be delivered',
  key: 'What callers hold: issue, limit, rotate, suspend, revoke',
  provider: 'Whom we call: OpenAI, Anthropic, or any compatible address',
  credential: "The providers' secrets that we keep",
  'environment-credential': 'Which credentials an environment may use',
  model: 'Models that may be called, their aliases and prices',
  policy: 'What keys may do: models, operations, addresses',
  budget: 'Money per day, week or month',
  'rate-limit': 'Calls and tokens per minute',
  request: 'Single calls through the gateway',
  audit: 'Who changed what',
  'audit-head': 'Signed heads of the audit chain',
  'audit-key': 'The public key of the audit trail',
  doctor: 'Checks of a running installation',
}

/** Operations whose commands are written by hand. */
const HAVE_THEIR_OWN = new Set([setupComplete.name, auditVerify.name, doctorLedger.name])

/** The whole command line: one command for each operation of the contract, and a few of its own. */
export function buildProgram(): Command {
  const program = new Command('claviger')
    .description('Keeper of the keys: issue, limit, meter and rotate access to AI models.')
    .usage('<command> [flags]')
    .option('--url <url>', 'address of the server')
    .option('--json', 'print the answer as JSON, errors too')
    .option('-q, --quiet', 'print ids only')
    .helpCommand(false)
    .helpOption('-h, --help', 'show help')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (title) => styleText('bold', title),
      subcommandTerm: (command) => command.name(),
    })

  program.commandsGroup('To begin:')
  addServe(program)
  addSetup(program)
  addSignIn(program)
  addOperations(program)
  program.commandsGroup('More:')
  addExchange(program)
  addLogs(program)
  addApi(program)
  addVersion(program)
  addHelp(program)
  return program
}

function addOperations(program: Command): void {
  program.commandsGroup('Objects:')
  const groups = new Map<string, Command>()
  const groupOf = (noun: string) => {
    const group = groups.get(noun) ?? addGroup(program, noun)
    groups.set(noun, group)
    return group
  }
  for (const operation of operations) {
    const [noun, verb] = commandOf(operation.name)
    if (HAVE_THEIR_OWN.has(operation.name)) continue
    // A report is all its noun has: `claviger usage`.
    if (verb === 'report') addOperation(program, operation, noun)
    else addOperation(groupOf(noun), operation, verb)
  }
  addKeyTest(groupOf('key'))
  addAuditVerify(groupOf('audit'))
  addDoctorLedger(groupOf('doctor'))
  const credentialCreate = groupOf('credential').commands.find((command) => command.name() === 'create')
  credentialCreate?.alias('add')
}

function addGroup(program: Command, noun: string): Command {
  const summary = NOUNS[noun] ?? ''
  return program
    .command(noun)
    .summary(summary)
    .description(summary && `${summary}.`)
    .usage('<command> [flags]')
    .helpCommand(false)
}
