import { CommanderError } from 'commander'
import { EXIT } from './failure.ts'
import { buildProgram } from './program.ts'
import { report } from './report.ts'

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit()
    throw error
  })
  const program = buildProgram()
  if (args.length === 0) program.outputHelp()
  try {
    if (args.length > 0) await program.parseAsync(args, { from: 'user' })
    return EXIT.done
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done
    // A noun without its verb: its commands were listed.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage
    return report(error, args.includes('--json'))
  }
}
