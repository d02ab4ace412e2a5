import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where things are and where they listen. `peers/nginx.conf` repeats the mock's and nginx's ports. */

export const benchDir = dirname(fileURLToPath(import.meta.url))
export const repoDir = dirname(benchDir)
export const buildDir = join(benchDir, '.build')

/** Further gateways of `nodes.ts` have the ports behind Claviger's. */
export const ports = { mock: 19100, nginx: 19101, portkey: 19102, claviger: 19103, relay: 19199 }

/** The gateway under test has a core for itself; the mock, the load and the databases share the other. */
export const gatewayCore = 0
export const helperCore = 1

export const model = 'bench-model'

/** A stream of 100 chunks, one every 100 ms. */
export const streamModel = 'bench-sse-100-100'

export const keyCount = 64

export type Durations = {
  repetitions: number
  warmupSeconds: number
  measureSeconds: number
  streamSeconds: number
  /** How often a run that something else disturbed is measured again. */
  maxRepeats: number
}

export const fullRun: Durations = {
  repetitions: 3,
  warmupSeconds: 3,
  measureSeconds: 3,
  streamSeconds: 8,
  maxRepeats: 4,
}

export const quickRun: Durations = {
  repetitions: 1,
  warmupSeconds: 1,
  measureSeconds: 1.5,
  streamSeconds: 4,
  maxRepeats: 0,
}
