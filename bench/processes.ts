import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { descendantsOf, isSame, type ProcessIdentity, processIdentity } from './procfs.ts'

/** Starts programs on a chosen core, and stops everything it started, by process id, however the run ends. */

export type Started = { pid: number; child: ChildProcess; output: () => string }

type Kept = { name: string; child: ChildProcess; family: ProcessIdentity[] }

const kept: Kept[] = []

/** Starts `command` on `core`. Its output is kept, and shown only when it fails. */
export function start(
  name: string,
  core: number,
  command: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Started {
  const child = spawn('taskset', ['-c', String(core), ...command], {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (child.pid === undefined) throw new Error(`${name} did not start: is taskset installed?`)
  const identity = processIdentity(child.pid)
  const entry = { name, child, family: identity ? [identity] : [] }
  kept.push(entry)
  let output = ''
  const keep = (text: Buffer) => {
    output = (output + text.toString()).slice(-8000)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return { pid: child.pid, child, output: () => output }
}

/** Waits until `ready` is true; fails at once when the process ends, with what it said. */
export async function waitFor(
  name: string,
  started: Started,
  ready: () => Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(50)) {
    if (started.child.exitCode !== null) throw new Error(`${name} ended:\n${started.output()}`)
    if (await ready()) return adopt(started.pid, descendantsOf(started.pid))
  }
  throw new Error(`${name} was not ready within ${timeoutMs / 1000} s:\n${started.output()}`)
}

/** True when something accepts connections on the port. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const answer = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', () => answer(true)).once('error', () => answer(false))
  })
}

/** Moves a process with all its threads to a core, or to several. */
export function moveToCore(pid: number, ...cores: number[]): void {
  execFileSync('taskset', ['-acp', cores.join(), String(pid)], { stdio: 'ignore' })
}

/** Asks everything to stop, last started first, and after ten seconds makes it stop, children included. */
export async function stopAll(): Promise<void> {
  for (const entry of kept.splice(0).reverse()) await stop(entry)
}

/** The same for these alone. */
export async function stopThese(pids: number[]): Promise<void> {
  for (const entry of kept.filter(({ child }) => pids.includes(child.pid ?? 0))) {
    await stop(entry)
    const place = kept.indexOf(entry)
    if (place >= 0) kept.splice(place, 1)
  }
}

async function stop({ child, family }: Kept): Promise<void> {
  for (const pid of descendantsOf(child.pid ?? 0)) addTo(family, pid)
  if (child.exitCode === null) child.kill('SIGTERM')
  for (const end = Date.now() + 10_000; Date.now() < end && family.some(isSame); ) await sleep(50)
  killFamily(family)
}

/** The last resort, when there is no time to wait: for `process.on('exit')`. */
export function killAll(): void {
  for (const { family } of kept.splice(0).reverse()) killFamily(family)
}

function killFamily(family: ProcessIdentity[]): void {
  for (const member of family) {
    // The start time tells our process from a stranger that was given its number later.
    if (isSame(member)) process.kill(member.pid, 'SIGKILL')
  }
}

/** Counts processes to the family of one that we started: also daemons, which leave their parents. */
export function adopt(pid: number, members: number[]): void {
  const entry = kept.find(({ child }) => child.pid === pid)
  if (entry) for (const member of members) addTo(entry.family, member)
}

function addTo(family: ProcessIdentity[], pid: number): void {
  const identity = processIdentity(pid)
  if (identity && !family.some((member) => member.pid === pid)) family.push(identity)
}
