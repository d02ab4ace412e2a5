import type { App } from '../app.ts'
import { awakenKeys } from './awaken-keys.ts'
import { dropIdempotencyKeys } from './drop-idempotency-keys.ts'
import { expireGrants } from './expire-grants.ts'
import { expireKeys } from './expire-keys.ts'
import { BATCH, type NamedSweep, type Sweep } from './sweep.ts'
import { alertsSweeps } from './sweeps-alerts.ts'
import { auditSweeps } from './sweeps-audit.ts'
import { creditsSweeps } from './sweeps-credits.ts'
import { identitySweeps } from './sweeps-identity.ts'
import { requestsSweeps } from './sweeps-requests.ts'
import { responsibilitySweeps } from './sweeps-responsibility.ts'
import { ssoSweeps } from './sweeps-sso.ts'
import { usageSweeps } from './sweeps-usage.ts'
import { workloadsSweeps } from './sweeps-workloads.ts'

const SWEEPS: NamedSweep[] = [
  { name: 'expire-keys', everySeconds: 10, sweep: expireKeys },
  { name: 'expire-grants', everySeconds: 10, sweep: expireGrants },
  { name: 'awaken-keys', everySeconds: 10, sweep: awakenKeys },
  { name: 'drop-idempotency-keys', everySeconds: 600, sweep: dropIdempotencyKeys },
  ...identitySweeps,
  ...ssoSweeps,
  ...workloadsSweeps,
  ...requestsSweeps,
  ...responsibilitySweeps,
  ...auditSweeps,
  ...alertsSweeps,
  ...creditsSweeps,
  ...usageSweeps,
]

/** Runs every sweep again and again, each a little early or late so that machines do not move in step. */
export function startJobs(app: App): { close(): Promise<void> } {
  const stop = new AbortController()
  const running = SWEEPS.map(async ({ name, everySeconds, sweep }) => {
    while (!stop.signal.aborted) {
      const more = (await sweepOnce(app, name, sweep)) >= BATCH
      if (!more) await pause(everySeconds * 1000 * (0.8 + 0.4 * Math.random()), stop.signal)
    }
  })
  return {
    async close() {
      stop.abort()
      await Promise.all(running)
    },
  }
}

async function sweepOnce(app: App, name: string, sweep: Sweep): Promise<number> {
  try {
    return await sweep(app)
  } catch (error) {
    app.log.error({ err: error, job: name }, 'a job failed; it will be tried again')
    return 0
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(resolve, ms)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
