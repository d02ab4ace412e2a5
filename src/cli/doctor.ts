import { styleText } from 'node:util'
import type { Command } from 'commander'
import { doctorLedger } from '../contract/doctor.ts'
import type { Output } from '../contract/operation.ts'
import { print } from './answer.ts'
import { addExamples } from './command.ts'
import { Failure } from './failure.ts'
import { ask, type GlobalFlags, openSession } from './session.ts'

type Check = Output<typeof doctorLedger>['checks'][number]

/** `claviger doctor ledger`: a promise a line, and what breaks it. */
export function addDoctor(program: Command): void {
  const summary = 'Checks of a running installation'
  const group = program.command('doctor').summary(summary).description(`${summary}.`)
  const command = group
    .command('ledger')
    .option('--from <moment>', 'windows that were open since then, and usage since then', '-31d')
    .summary(doctorLedger.summary)
    .description(`${doctorLedger.summary}. Ends with 9 when something does not add up.`)
  addExamples(command, doctorLedger.examples)
  command.action(async () => {
    const flags = command.optsWithGlobals<GlobalFlags & { from: string }>()
    const session = await openSession(flags)
    const report = await ask(session, doctorLedger, { query: { from: flags.from } })
    if (session.json) print(JSON.stringify(report, null, 2))
    else for (const check of report.checks) print(linesOf(check))
    const broken = report.checks.filter(({ faults }) => faults > 0)
    if (broken.length > 0) {
      throw new Failure('found', `The books do not add up: ${broken.map(({ name }) => name).join(', ')}.`)
    }
    if (!session.json) print('The books add up.')
  })
}

function linesOf({ promise, faults, examples }: Check): string {
  const stream = process.stdout
  if (faults === 0) return `${styleText('green', 'ok    ', { stream })}  ${promise}`
  const shown = examples.map(({ subject, problem }) => `        ${subject}: ${problem}`)
  if (faults > examples.length) shown.push(`        and ${faults - examples.length} more`)
  return [`${styleText('red', 'broken', { stream })}  ${promise}`, ...shown].join('\n')
}
