import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { operations } from '../contract/all.ts'
import { type AnyOperation, commandOf } from '../contract/operation.ts'
import { givenFlags } from './command.ts'
import { partsOf } from './parts.ts'
import { buildProgram } from './program.ts'
import { readValue } from './values.ts'

const generated = operations.filter(({ name }) => name !== 'setupComplete')
const examples = generated.flatMap((operation) =>
  operation.examples.map((example) => ({ operation, example })),
)

test('the contract has examples to check', () => {
  expect(examples.length).toBeGreaterThan(40)
})

test.each(examples)('$example is a command', async ({ operation, example }) => {
  const program = buildProgram()
  const command = commandFor(program, operation)
  let ran = false
  command.action(() => {
    ran = true
  })
  await program.parseAsync(wordsOf(example).slice(1), { from: 'user' })
  expect(ran).toBe(true)
  const { body, query } = partsOf(operation)
  const flags = [...body, ...query]
  for (const [name, text] of Object.entries(givenFlags(command, flags))) {
    const flag = flags.find((flag) => flag.name === name)
    if (flag?.required) expect(text, `--${name}`).toBeDefined()
    if (flag && text !== undefined) readValue(flag, text, new Date())
  }
})

test('no flag of an operation hides one that every command has', () => {
  for (const operation of generated) {
    const { body, query, params } = partsOf(operation)
    const names = [...params, ...body, ...query].map(({ name }) => name)
    const own = ['url', 'json', 'quiet', 'help', 'version', 'all', 'from-stdin', 'from-file', 'output-file']
    expect(new Set([...names, ...own]).size, operation.name).toBe(names.length + own.length)
  }
})

test('no command takes a secret as an argument or a flag', () => {
  const secrets = generated.filter((operation) => partsOf(operation).secret)
  for (const operation of secrets) {
    const command = commandFor(buildProgram(), operation)
    const { secret } = partsOf(operation)
    expect(command.helpInformation()).not.toMatch(new RegExp(`--${secret?.name}\\b`))
    expect(() => command.parseOptions([`--${secret?.name}`, 'sk-secret'])).toThrow(
      'not taken from the command line',
    )
    expect(command.helpInformation()).toContain('--from-stdin')
  }
})

test('every operation is a command with its summary in the help', () => {
  const program = buildProgram()
  for (const operation of generated) {
    const help = commandFor(program, operation).helpInformation().replace(/\s+/g, ' ')
    expect(help).toContain(operation.summary.split('. ')[0])
  }
})

function commandFor(program: Command, { name }: AnyOperation): Command {
  const [noun, verb] = commandOf(name)
  const group = program.commands.find((command) => command.name() === noun)
  const command = verb === 'report' ? group : group?.commands.find((command) => command.name() === verb)
  if (!command) throw new Error(`There is no command for ${name}.`)
  return command
}

/** What a shell makes of a line, as far as our examples need it. */
function wordsOf(line: string): string[] {
  const [command = ''] = line.split(/ [<|] /)
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  )
}
