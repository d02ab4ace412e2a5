import { readdirSync, readFileSync } from 'node:fs'

/** What Linux knows about processes and cores. A process that is gone counts as nothing. */

export type ProcessIdentity = { pid: number; startedAt: string }

/** CPU time of all threads of these processes, in seconds, as the scheduler counts it (nanoseconds). */
export function cpuSecondsOf(pids: readonly number[]): number {
  let nanoseconds = 0
  for (const pid of pids) {
    for (const task of list(`/proc/${pid}/task`)) {
      nanoseconds += Number(read(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0] ?? 0)
    }
  }
  return nanoseconds / 1e9
}

/** What `cpuSecondsSince` compares with. */
export function cpuSecondsByPid(pids: readonly number[]): Map<number, number> {
  return new Map(pids.map((pid) => [pid, cpuSecondsOf([pid])]))
}

/** CPU time of these processes since `before`, also of those that began later; not of those that have ended. */
export function cpuSecondsSince(before: ReadonlyMap<number, number>, pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + Math.max(0, cpuSecondsOf([pid]) - (before.get(pid) ?? 0)), 0)
}

/** Memory in RAM of these processes together, in MB (10⁶ bytes). */
export function rssMbOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1]
    return sum + (Number(kilobytes ?? 0) * 1024) / 1e6
  }, 0)
}

/** Seconds a core has been busy since boot: everything but idle and waiting for a disk, time stolen by the host included. */
export function busySecondsOf(core: number): number {
  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(read('/proc/stat'))?.[1] ?? ''
  const [user, nice, system, , , irq, softirq, steal] = line.split(' ').map(Number)
  const ticks = [user, nice, system, irq, softirq, steal]
  return ticks.reduce<number>((sum, value) => sum + (value ?? 0), 0) / 100
}

/** Children, their children, and so on. */
export function descendantsOf(pid: number): number[] {
  const childrenOf = new Map<number, number[]>()
  for (const entry of list('/proc')) {
    const parent = statFields(Number(entry))[1]
    if (!parent) continue
    childrenOf.set(Number(parent), [...(childrenOf.get(Number(parent)) ?? []), Number(entry)])
  }
  const found: number[] = []
  for (let next = [pid]; next.length > 0; ) {
    next = next.flatMap((parent) => childrenOf.get(parent) ?? [])
    found.push(...next)
  }
  return found
}

export function commandNameOf(pid: number): string {
  return read(`/proc/${pid}/comm`).trim()
}

export function processIdentity(pid: number): ProcessIdentity | null {
  const startedAt = statFields(pid)[19]
  return startedAt ? { pid, startedAt } : null
}

/** True while this very process runs (a zombie has ended). */
export function isSame({ pid, startedAt }: ProcessIdentity): boolean {
  const fields = statFields(pid)
  return fields[19] === startedAt && fields[0] !== 'Z'
}

/** The fields of /proc/PID/stat after the command's name: state, parent, …; [19] is the start time. */
function statFields(pid: number): string[] {
  if (!Number.isInteger(pid)) return []
  const text = read(`/proc/${pid}/stat`)
  return text === '' ? [] : text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
