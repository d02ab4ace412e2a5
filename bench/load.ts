import { loadgenBinary } from './native.ts'
import { start } from './processes.ts'
import { helperCore } from './settings.ts'
import type { Target } from './target.ts'

/** What the load generator is asked to do; see the head of `native/loadgen.c`. */
export type Load = {
  mode: 'closed' | 'rate' | 'streams'
  seconds: number
  connections: number
  model: string
  bodyBytes?: number
  ratePerSecond?: number
  rampSeconds?: number
  settleSeconds?: number
}

export type Latency = {
  count: number
  p50Us: number
  p90Us: number
  p99Us: number
  p999Us: number
  maxUs: number
}

/** What it prints. `firstByte` and `chunk` only for streams. */
export type LoadResult = {
  seconds: number
  cpuSeconds: number
  requests: number
  perSecond: number
  failed: number
  refused: number
  lastBadStatus: number
  unanswered: number
  answerBytes: number
  maxBacklog: number
  chunks: number
  fromIntended: Latency
  fromSent: Latency
  firstByte?: Latency
  chunk?: Latency
}

/** Runs the load generator against a target, on the helpers' core. */
export function runLoad(target: Target, load: Load): Promise<LoadResult> {
  const { child, output } = start(`load on ${target.name}`, helperCore, [
    loadgenBinary,
    load.mode,
    ...['--port', String(target.port)],
    ...['--seconds', String(load.seconds)],
    ...['--conns', String(load.connections)],
    ...['--model', load.model],
    ...['--body-bytes', String(load.bodyBytes ?? 1500)],
    ...(load.ratePerSecond ? ['--rate', String(load.ratePerSecond)] : []),
    ...(load.rampSeconds ? ['--ramp', String(load.rampSeconds)] : []),
    ...(load.settleSeconds ? ['--settle', String(load.settleSeconds)] : []),
    ...(target.keysFile ? ['--keys', target.keysFile] : []),
    ...target.headers.flatMap((header) => ['--header', header]),
  ])
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(output()) as LoadResult)
      else reject(new Error(`The load on ${target.name} failed: ${output()}`))
    })
  })
}
