import { setTimeout as sleep } from 'node:timers/promises'
import { type Load, type LoadResult, runLoad } from './load.ts'
import { busySecondsOf, cpuSecondsOf, rssMbOf } from './procfs.ts'
import { type Durations, gatewayCore, helperCore } from './settings.ts'
import type { Target } from './target.ts'

export type Sample = {
  load: LoadResult
  /** CPU time of the gateway's processes, all threads, garbage collection included. */
  cpuSeconds: number
  /** CPU time of its database on the other core. */
  helperCpuSeconds: number
  peakRssMb: number
  /** Share of each core's time that somebody else used. */
  foreign: { gatewayCore: number; helperCore: number }
  disturbed: boolean
}

/** More than this on the gateway's core, or twice this where the load comes from, and a run is measured again. */
const foreignLimit = 0.05

/** Measures one load on one target, again if something else disturbed it; the calmest run counts. */
export async function measure(
  target: Target,
  load: Load,
  durations: Durations,
  mockPid: number,
): Promise<Sample> {
  let best: Sample | null = null
  for (let repeat = 0; repeat <= durations.maxRepeats && best?.disturbed !== false; repeat++) {
    await quiet()
    const sample = await measureOnce(target, load, mockPid)
    if (best === null || disturbance(sample) < disturbance(best)) best = sample
  }
  if (best === null) throw new Error('maxRepeats must not be negative')
  refuseBroken(target, best.load)
  return best
}

async function measureOnce(target: Target, load: Load, mockPid: number): Promise<Sample> {
  const helpers = target.helperPids()
  const before = readings(target, helpers, mockPid)
  let peakRssMb = 0
  const sampler = setInterval(() => {
    peakRssMb = Math.max(peakRssMb, rssMbOf(target.pids))
  }, 200)
  const result = await runLoad(target, load).finally(() => clearInterval(sampler))
  const after = readings(target, helpers, mockPid)

  const elapsed = after.time - before.time
  const cpuSeconds = after.gateway - before.gateway
  const ownOnHelperCore = after.helperCoreOwn - before.helperCoreOwn + result.cpuSeconds
  const foreign = {
    gatewayCore: Math.max(0, after.gatewayCoreBusy - before.gatewayCoreBusy - cpuSeconds) / elapsed,
    helperCore: Math.max(0, after.helperCoreBusy - before.helperCoreBusy - ownOnHelperCore) / elapsed,
  }
  const sample = {
    load: result,
    cpuSeconds,
    helperCpuSeconds: after.database - before.database,
    peakRssMb,
    foreign,
    disturbed: false,
  }
  return { ...sample, disturbed: disturbance(sample) > 1 }
}

function readings(target: Target, helpers: number[], mockPid: number) {
  const database = cpuSecondsOf(helpers)
  return {
    time: performance.now() / 1000,
    gateway: cpuSecondsOf(target.pids),
    database,
    helperCoreOwn: database + cpuSecondsOf([mockPid, process.pid]),
    gatewayCoreBusy: busySecondsOf(gatewayCore),
    helperCoreBusy: busySecondsOf(helperCore),
  }
}

/** 1 is the most that we accept. */
function disturbance({ foreign }: Pick<Sample, 'foreign'>): number {
  return Math.max(foreign.gatewayCore / foreignLimit, foreign.helperCore / (2 * foreignLimit))
}

/** Waits until both cores are nearly idle, but not for ever: a busy machine shows itself in `disturbed`. */
async function quiet(): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    const before = [gatewayCore, helperCore].map(busySecondsOf)
    await sleep(300)
    const after = [gatewayCore, helperCore].map(busySecondsOf)
    if (after.every((busy, i) => busy - (before[i] ?? 0) < 0.3 * 2 * foreignLimit)) return
  }
}

/** Numbers of a gateway that answers with errors mean nothing. */
function refuseBroken(target: Target, result: LoadResult): void {
  const broken = result.failed + result.refused
  if (broken > 0.01 * Math.max(1, result.requests) && broken > 5) {
    const { failed, refused, lastBadStatus } = result
    throw new Error(`${target.name}: ${failed} requests broke, ${refused} were refused (${lastBadStatus}).`)
  }
}
