import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'

const CLI = resolve(import.meta.dirname, '../src/cli/claviger.js')

export type CliResult = { code: number | null; stdout: string; stderr: string }

type RunOptions = {
  env?: Record<string, string>
  stdin?: string
  /** Ends a command that would go on for ever once its output has this in it. */
  until?: RegExp
  /** Hears what it says on standard error, all of it so far, while it runs. */
  hears?: (said: string) => void
}

export type Cli = Disposable & {
  /** A directory of its own: the home of its settings and where it runs. */
  dir: string
  /** Runs the real command line as a second process, with nothing of our own environment. */
  run(args: string[], options?: RunOptions): Promise<CliResult>
}

/** The command line of somebody who has `env` set. */
export function createCli(env: Record<string, string> = {}): Cli {
  const dir = mkdtempSync(join(tmpdir(), 'claviger-cli-'))
  return {
    dir,
    async run(args, { env: more = {}, stdin = '', until, hears } = {}) {
      const child = spawn(process.execPath, [CLI, ...args], {
        cwd: dir,
        env: {
          PATH: process.env.PATH,
          HOME: dir,
          XDG_CONFIG_HOME: dir,
          // The keychain of whoever runs the tests is theirs.
          CLAVIGER_NO_KEYCHAIN: '1',
          ...env,
          ...more,
        },
      })
      child.stdin.end(stdin)
      let seen = ''
      child.stdout.on('data', (chunk) => {
        seen += chunk
        if (until?.test(seen)) child.kill()
      })
      let said = ''
      child.stderr.on('data', (chunk) => {
        said += chunk
        hears?.(said)
      })
      const closed = new Promise<number | null>((done) => child.once('close', done))
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
      return { code: await closed, stdout, stderr }
    },
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  }
}
