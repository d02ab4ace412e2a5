import { type Command, Option } from 'commander'
import type { AnyOperation } from '../contract/operation.ts'
import { FEW_CHOICES } from './describe-flag.ts'
import { runDownload } from './download.ts'
import { Failure } from './failure.ts'
import type { Flag } from './flags.ts'
import type { Given } from './input.ts'
import { type Parts, partsOf } from './parts.ts'
import { type OwnFlags, runOperation } from './run-operation.ts'

/** The command of an operation: everything about it comes from the operation's own data. */
export function addOperation(group: Command, operation: AnyOperation, name: string): Command {
  const parts = partsOf(operation)
  const [title = ''] = operation.summary.split('. ')
  const command = group.command(name).summary(title).description(`${operation.summary}.`)
  for (const param of parts.params) command.argument(`<${param.name}>`, param.description)
  const flags = [...parts.body, ...parts.query]
  addFlags(command, flags)
  addOwnFlags(command, operation, parts)
  addExamples(command, operation.examples)
  return command.action(async () => {
    const given = givenFlags(command, flags)
    const params: Given = Object.fromEntries(parts.params.map((param, i) => [param.name, command.args[i]]))
    const run = operation.download === null ? runOperation : runDownload
    await run(operation, parts, { ...given, ...params }, command.optsWithGlobals<OwnFlags>())
  })
}

export function addExamples(command: Command, examples: string[]): Command {
  if (examples.length === 0) return command
  return command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}`)
}

export function addFlags(command: Command, flags: Flag[]): void {
  for (const flag of flags) addFlag(command, flag)
}

/** What was typed for each of them. */
export function givenFlags(command: Command, flags: Flag[]): Given {
  return Object.fromEntries(flags.map((flag) => [flag.name, givenTo(command, flag)]))
}

function addFlag(command: Command, flag: Flag): void {
  const option = new Option(longFlag(flag), flag.description)
  if (flag.required) option.helpGroup('Required:')
  command.addOption(flag.list || flag.kind.type === 'pairs' ? option.argParser(collect) : option)
}

function longFlag(flag: Flag): string {
  return `--${flag.name} <${placeholder(flag)}>`
}

function placeholder({ kind }: Flag): string {
  switch (kind.type) {
    case 'choice':
      return kind.choices.length <= FEW_CHOICES ? kind.choices.join('|') : 'choice'
    case 'id':
      return kind.noun
    case 'boolean':
      return 'true|false'
    case 'pairs':
      return 'name=value'
    case 'seconds':
      return 'duration'
    case 'budget':
      return 'usd/period'
    default:
      return kind.type
  }
}

function givenTo(command: Command, flag: Flag): Given[string] {
  return command.getOptionValue(new Option(longFlag(flag)).attributeName())
}

function collect(text: string, earlier: string[] | undefined): string[] {
  return [...(earlier ?? []), text]
}

/** Known only to say what to do instead: every process on the machine may read a command line. */
function refusedFlag({ name }: Flag): Option {
  const refuse = () => {
    throw new Failure('usage', `The ${name} is not taken from the command line, where others can see it.`, {
      next: 'Pipe it in: --from-stdin < FILE, or name the file: --from-file FILE. Change it, now that it was shown.',
    })
  }
  return new Option(`--${name} [text]`).argParser(refuse).hideHelp()
}

function addOwnFlags(command: Command, operation: AnyOperation, { secret, shownOnce, paged }: Parts): void {
  if (secret) {
    command.addOption(refusedFlag(secret))
    command.option('--from-stdin', `read the ${secret.name} from standard input`)
    command.option('--from-file <path>', `read the ${secret.name} from a file`)
  }
  if (shownOnce.length > 0) {
    command.option('--output-file <path>', 'write the secret to a new file that only you may read')
  }
  if (paged) command.option('--all', 'every page, not only the first')
  if (operation.method === 'PATCH' || operation.method === 'PUT') {
    command.option('--if-match <version>', 'only if this is still its version')
  }
  if (operation.method === 'POST') {
    command.option('--idempotency-key <text>', 'repeating a command with the same key does it once')
  }
}
