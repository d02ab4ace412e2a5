import { styleText } from 'node:util'
import type { Command } from 'commander'
import { doctorLedger } from '../contract/doctor.ts'
import type { Output } from '../contract/operation.ts'
import { print } from './answer.ts'
import { addExamples } from './command.ts'
import { Failure } from './failure.ts'
import { ask, type GlobalFlags, openSession } from './session.ts'

type Check = Output<typeof doctorLedger>['checks'][number]

type Stranded = Output<typeof doctorLedger>['stranded'][number]

/** `claviger doctor ledger`: a promise a line, and what breaks it. */
export function addDoctorLedger(doctor: Command): void {
  const command = doctor
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
    else print([...report.checks.map(linesOf), ...report.stranded.map(strandedLine)].join('\n'))
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

function strandedLine({ nodeId, heardOfAt, setAsideUsd, windows }: Stranded): string {
  const since = heardOfAt ?? 'before it was known'
  return (
    `note    ${setAsideUsd} USD in ${windows} windows are set aside for ${nodeId}, last heard of ${since}. ` +
    `They come back with it. If it never will: claviger doctor reconcile ${nodeId} --reason "…"`
  )
}
