import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MAIN = join(import.meta.dirname, '..', 'src', 'main.js')
const PATIENCE_MS = 30_000

export type Program = {
  process: ChildProcess
  /** Everything it has said so far, on both outputs. */
  said: () => string
  /** Resolves with what was said when it holds `text`; rejects when the program ends without saying it. */
  untilSaid(text: string): Promise<string>
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | string>
}

/** Starts Claviger as a process of its own, with these variables and no others that it knows. */
export function startProgram(variables: Record<string, string>): Program {
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    PORT: '0',
    CLAVIGER_LOG_LEVEL: 'warn',
    ...variables,
  }
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
      for (const listener of listeners) listener()
    })
  }
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  return {
    process: child,
    said: () => said,
    ended,
    untilSaid: (text) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`not said in time: ${text}\n${said}`)), PATIENCE_MS)
        const look = () => {
          if (!said.includes(text)) return
          clearTimeout(late)
          listeners.delete(look)
          resolve(said)
        }
        listeners.add(look)
        look()
        ended.then(() => {
          clearTimeout(late)
          reject(new Error(`ended without saying: ${text}\n${said}`))
        })
      }),
  }
}

/** A fresh data directory, gone afterwards with the database that may still run in it. */
export function testDataDirectory(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'claviger-program-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
