import { type Program, startProgram } from '../program.ts'

/** One Claviger process, as whatever supervises it in earnest would keep it. */
export type NodeProcess = AsyncDisposable & {
  /** The process that runs now, or that ended last. */
  program: Program
  /** Where it answers: another port after each start. */
  url: string
  /** Starts it again, by the same command, and waits until it answers. */
  start(): Promise<void>
}

export async function startNodeProcess(variables: Record<string, string>): Promise<NodeProcess> {
  let program = startProgram(variables)
  let url = ''
  const untilUp = async () => {
    const said = await program.untilSaid('reachable')
    url = new URL(/health +(\S+)/.exec(said)?.[1] ?? '').origin
  }
  await untilUp()
  return {
    get program() {
      return program
    },
    get url() {
      return url
    },
    start() {
      program = startProgram(variables)
      return untilUp()
    },
    async [Symbol.asyncDispose]() {
      program.process.kill('SIGCONT')
      program.process.kill('SIGTERM')
      await program.ended
    },
  }
}
