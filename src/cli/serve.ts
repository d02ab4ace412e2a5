import type { Command } from 'commander'
import { addExamples } from './command.ts'

/** `claviger serve`: the server, in this process. The one command that is no client. */
export function addServe(program: Command): void {
  const command = program
    .command('serve')
    .summary('Start the server here')
    .description('Start the server here. It is set up by environment variables; Ctrl-C stops it.')
    .action(async () => {
      await import('../main.ts')
    })
  addExamples(command, ['claviger serve', 'PORT=9000 CLAVIGER_DATA_DIR=/srv/claviger claviger serve'])
}
