import type { Command } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import { print } from './answer.ts'
import type { GlobalFlags } from './session.ts'

export function addVersion(program: Command): void {
  program.version(manifest.version, '-V, --version', 'print the version')
  const command = program.command('version').summary('Print the version').description('Print the version.')
  command.action(() => {
    const { version } = manifest
    const { json } = command.optsWithGlobals<GlobalFlags>()
    print(
      json
        ? JSON.stringify({ version, node: process.version }, null, 2)
        : `claviger ${version} (node ${process.version})`,
    )
  })
}
