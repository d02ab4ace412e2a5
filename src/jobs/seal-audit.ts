import { sealChain } from '../actions/audit-chain.ts'
import type { App } from '../app.ts'
import { jobContext } from './sweep.ts'

const HEAD_EVERY_MS = 60_000

/** Gives new events their place in the chain, and signs its head once a minute while it grows. */
export async function sealAudit(app: App): Promise<number> {
  await sealChain(jobContext(app, 'seal-audit'), { headEveryMs: HEAD_EVERY_MS })
  return 0
}
