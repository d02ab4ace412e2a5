import type { Command } from 'commander'
import { print } from './answer.ts'
import { EXIT, EXIT_MEANING, type Exit, Failure } from './failure.ts'

const ENVIRONMENT = `What the command line takes from the environment (flags come first, then these, then the settings file):

  CLAVIGER_URL         address of the server, default http://127.0.0.1:8484
  CLAVIGER_TOKEN       API token; or CLAVIGER_TOKEN_FILE, a file that holds it
  CLAVIGER_API_KEY     a key, for "claviger key test"
  CLAVIGER_ID_TOKEN    the token of a workload, for "claviger exchange"
  CLAVIGER_DATA_DIR    where "claviger setup" finds the set-up token of a server on this machine
  CLAVIGER_NO_KEYCHAIN when set, "login" keeps its tokens in the settings file
  BROWSER              the program that "login" opens addresses with
  XDG_CONFIG_HOME      the settings file is claviger/config.json in it, default ~/.config
  CI                   when set, nothing is ever asked
  NO_COLOR             when set, nothing is coloured

What "login" or "setup" stored is sent to the server it came from, and to no other.`

const NAMES = `Where an id is expected, a name will do as long as it is clear:

  a name                     claviger team get Search
  a path of names            claviger key list --environment Search/Site/staging
  an e-mail address          claviger key list --user ada@acme.example
  an id                      claviger key get key_01JD…

If several things have the name, nothing is guessed: the command lists them and ends with code ${EXIT.usage}.
Times are dates, moments or distances from now: 2027-01-31, 2027-01-31T12:00Z, 90d, -24h.
Durations are 90s, 15m, 24h, 7d or 2w. "none" clears what can be cleared.`

/** Pages of help that belong to no single command. */
export const TOPICS: Record<string, string> = {
  'exit-codes': `How a command ends:\n\n${exitCodes()}`,
  environment: ENVIRONMENT,
  names: NAMES,
}

export function addHelp(program: Command): void {
  const topics = Object.keys(TOPICS).join(', ')
  program
    .command('help')
    .argument('[words...]', `a command, or one of ${topics}`)
    .summary(`Help on a command, or on ${topics}`)
    .description('Show help on a command or a topic.')
    .action((words: string[]) => {
      const topic = TOPICS[words.join(' ')]
      if (topic) print(topic)
      else print(commandAt(program, words).helpInformation().trimEnd())
    })
}

function commandAt(program: Command, words: string[]): Command {
  return words.reduce((command, word) => {
    const found = command.commands.find((one) => one.name() === word || one.aliases().includes(word))
    if (found) return found
    throw new Failure('usage', `There is no command or topic "${words.join(' ')}".`, {
      next: 'claviger --help lists the commands.',
    })
  }, program)
}

function exitCodes(): string {
  return Object.entries(EXIT_MEANING)
    .map(([name, meaning]) => `  ${EXIT[name as Exit]}  ${meaning}`)
    .join('\n')
}
