import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Environment } from './environment.ts'
import { Failure } from './failure.ts'

export type SecretSource = { fromStdin?: boolean | undefined; fromFile?: string | undefined }

/**
 * Reads a secret from where others cannot see it: standard input, a file, or a hidden prompt.
 * Never from the command line, which every process on the machine may read and the shell's history keeps.
 */
export async function readSecret(
  what: string,
  source: SecretSource,
  environment: Environment,
  stdinFlag = '--from-stdin',
): Promise<string> {
  if (source.fromStdin && source.fromFile !== undefined) {
    throw new Failure('usage', `Give ${stdinFlag} or --from-file, not both.`)
  }
  const secret = (await readFrom(what, source, environment, stdinFlag)).replace(/\r?\n$/, '')
  if (secret === '') throw new Failure('usage', `The ${what} is empty.`)
  return secret
}

/** Refuses what no header can carry, before `fetch` does so in an error that repeats it. */
export function requireHeaderText(what: string, secret: string): string {
  if (/^[\x21-\x7e]+$/.test(secret)) return secret
  throw new Failure('usage', `The ${what} is not one: it has blanks or other characters that none has.`)
}

async function readFrom(
  what: string,
  source: SecretSource,
  environment: Environment,
  stdinFlag: string,
): Promise<string> {
  if (source.fromFile !== undefined) return readSecretFile(source.fromFile)
  if (source.fromStdin) return text(process.stdin)
  if (environment.interactive)
    return prompt(`${what.charAt(0).toUpperCase()}${what.slice(1)} (hidden): `, true)
  throw new Failure('usage', `The ${what} is needed.`, {
    next: `Pipe it in: ${stdinFlag} < FILE, or name the file: --from-file FILE. Never put it on the command line.`,
  })
}

async function readSecretFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new Failure('usage', `The file ${path} cannot be read.`, { cause })
  }
}

/** Asks on standard error, so that standard output stays clean. */
export function prompt(question: string, hidden = false): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const line = createInterface({
    input: process.stdin,
    output: hidden ? silent : process.stderr,
    terminal: true,
  })
  if (hidden) process.stderr.write(question)
  return new Promise((resolve, reject) => {
    line.once('SIGINT', () => {
      process.stderr.write('\n')
      line.close()
      reject(new Failure('usage', 'Cancelled.', { code: 'cancelled' }))
    })
    line.question(hidden ? '' : question, (answer) => {
      if (hidden) process.stderr.write('\n')
      line.close()
      resolve(answer)
    })
  })
}
