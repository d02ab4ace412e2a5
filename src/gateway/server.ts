import type { App } from '../app.ts'
import type { BusMessage } from '../bus.ts'
import { findKeySnapshot } from '../db/key-snapshots.ts'
import { AppError } from '../domain/errors.ts'
import { parseIpAllowlist } from '../domain/ip-allowlist.ts'
import type { InboundRequest, InboundResponse } from '../http1-inbound.ts'
import { createTokenCounter } from '../providers/token-counter.ts'
import { refusalOf } from './authenticate.ts'
import { BodyReader } from './body-reader.ts'
import { Circuits } from './circuits.ts'
import type { Gateway } from './gateway.ts'
import { KeyCache } from './key-cache.ts'
import { type LiveCall, LiveCalls } from './live-calls.ts'
import { cutBeyondBudgets } from './lowered-budgets.ts'
import { createGatewayMetrics } from './metrics.ts'
import { holdMoreIfOutgrown } from './outgrown.ts'
import { policyRefusal } from './plan.ts'
import { ProviderDirectory } from './provider-directory.ts'
import { serveCall } from './serve-call.ts'
import { StoredObjects } from './stored-objects.ts'
import { writeSightings } from './write-sightings.ts'

export type GatewayServer = {
  handle(request: InboundRequest, response: InboundResponse): void
  /** Waits for the calls that are under way, up to the configured drain time, and cuts what is left. */
  close(): Promise<void>
}

/** Bodies under way at the same time, as a multiple of the largest one. */
const BODIES_AT_ONCE = 8
const SWEEP_MS = 1000
/** How often what providers said of credentials is written down. */
const SIGHTINGS_MS = 10_000

export async function createGateway(app: App): Promise<GatewayServer> {
  const live = new LiveCalls()
  const gateway: Gateway = {
    app,
    keys: new KeyCache({
      read: (hash) => findKeySnapshot(app.gatewayDb, hash),
      staleMs: app.config.staleSeconds * 1000,
      monotonicMs: () => performance.now(),
      log: app.log,
    }),
    providers: new ProviderDirectory(app),
    bodies: new BodyReader(app.config.maxBodyBytes, app.config.maxBodyBytes * BODIES_AT_ONCE),
    circuits: new Circuits(),
    tokens: createTokenCounter(app.log),
    storedObjects: new StoredObjects(app),
    trustedProxies: parseIpAllowlist(app.config.trustedProxies),
    metrics: createGatewayMetrics(app.metrics.registry, () => live.size),
    live,
  }
  await gateway.providers.refresh()
  const unsubscribe = app.bus.subscribe((message) => hear(gateway, message))
  const sweep = setInterval(() => tick(gateway), SWEEP_MS)
  sweep.unref()
  const writing = setInterval(() => writeSightings(gateway), SIGHTINGS_MS)
  writing.unref()

  return {
    handle(request, response) {
      serveCall(gateway, request, response)
    },
    async close() {
      const deadline = performance.now() + app.config.drainSeconds * 1000
      while (live.size > 0 && performance.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 20))
      for (const call of live.all())
        call.cut(new AppError('unavailable', 'Claviger is shutting down.', { retryAfterSeconds: 1 }))
      clearInterval(sweep)
      clearInterval(writing)
      await writeSightings(gateway)
      unsubscribe()
      await gateway.tokens.close()
    },
  }
}

function hear(gateway: Gateway, message: BusMessage): void {
  gateway.keys.hear(message)
  if (message.topic === 'providers' || message.topic === 'models' || message.topic === 'all')
    refreshProviders(gateway)
  if (message.topic === 'key' || message.topic === 'access' || message.topic === 'all') {
    for (const call of gateway.live.all()) {
      if (message.topic !== 'key' || call.key.keyId === message.id) recheck(gateway, call)
    }
  }
  if (message.topic === 'budget') recheckBudget(gateway, message.id)
}

/** The ledger has heard it as well, and asks what the budget is now: its calls are looked at when it knows. */
function recheckBudget(gateway: Gateway, budgetId: string): void {
  for (const { admitted } of gateway.live.all()) {
    const budget = admitted.plan.budgets.find(({ id }) => id === budgetId)
    if (!budget) continue
    gateway.app.ledger.prepare([budget], 0n)?.then(() => cutBeyondBudgets(gateway))
    return
  }
}

function refreshProviders({ app, providers }: Gateway): void {
  providers.refresh().catch((err) => app.log.error({ err }, 'providers could not be read again yet'))
}

/** A key or something above it changed while its call is under way: what holds now holds for the call as well. */
async function recheck(gateway: Gateway, call: LiveCall): Promise<void> {
  let withdrawn: AppError | null = null
  try {
    const key = await gateway.keys.find(call.hash)
    if (key === null) return call.cut(new AppError('key_revoked', 'This key was revoked.'))
    if (key !== call.key) withdrawn = policyRefusal(key, call.asked)
    call.key = key
  } catch {
    // The key cache has logged why. Until the next tick asks again, what was known counts.
  }
  const refusal = refusalOf(gateway, call.key, call.ip) ?? withdrawn
  if (refusal) call.cut(refusal)
}

/** Keys end by time as well, callers stop reading, and a change may have come just before a call was under way. */
function tick(gateway: Gateway): void {
  if (gateway.providers.behind) refreshProviders(gateway)
  for (const call of gateway.live.all()) {
    call.tick()
    recheck(gateway, call)
    holdMoreIfOutgrown(gateway, call).catch((err) =>
      gateway.app.log.error({ err }, 'a stream is not held for'),
    )
  }
  cutBeyondBudgets(gateway)
}
