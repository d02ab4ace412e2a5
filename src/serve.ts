import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from './app.ts'
import { createHealth } from './health.ts'
import { type HttpServers, startHttpServers } from './http-server.ts'

/** Load balancers need a moment to see that we are not ready; until then they still send calls, and we serve them. */
const NOTICE_MS = 1_000
/** After the gateway has ended its calls, their last bytes still have to leave. */
const LAST_BYTES_MS = 1_000

export type Serving = Pick<HttpServers, 'ports' | 'cut'> & {
  /** Not ready at once; open calls finish, or are cut off after the drain time; then nothing runs any more. */
  stop(): Promise<void>
}

/**
 * Starts the roles that this process has. What it does not do, it does not load: a gateway alone takes a quarter less
 * memory. Everything is loaded before the first call can come.
 */
export async function serve(app: App): Promise<Serving> {
  const { roles, drainSeconds } = app.config
  const health = createHealth(app)
  const controlPlane = roles.has('api') ? (await import('./api/app.ts')).createApi(app) : null
  const gateway = roles.has('gateway') ? await (await import('./gateway/server.ts')).createGateway(app) : null
  const startJobs = roles.has('jobs') ? (await import('./jobs/scheduler.ts')).startJobs : null
  const servers = await startHttpServers(app, { gateway: gateway?.handle ?? null, controlPlane, health })
  const jobs = startJobs?.(app)
  return {
    ports: servers.ports,
    cut: servers.cut,
    async stop() {
      health.drain()
      // A tenth of a short drain time.
      await sleep(Math.min(NOTICE_MS, drainSeconds * 100))
      const closed = servers.close(drainSeconds * 1000 + LAST_BYTES_MS)
      await gateway?.close()
      await closed
      await jobs?.close()
    },
  }
}
