import type { App } from '../app.ts'
import type { IpRange } from '../domain/ip-allowlist.ts'
import type { TokenCounter } from '../providers/token-counter.ts'
import type { BodyReader } from './body-reader.ts'
import type { Circuits } from './circuits.ts'
import type { KeyCache } from './key-cache.ts'
import type { LiveCalls } from './live-calls.ts'
import type { GatewayMetrics } from './metrics.ts'
import type { ProviderDirectory } from './provider-directory.ts'
import type { StoredObjects } from './stored-objects.ts'

/** What every call shares. */
export type Gateway = {
  app: App
  keys: KeyCache
  providers: ProviderDirectory
  bodies: BodyReader
  circuits: Circuits
  tokens: TokenCounter
  storedObjects: StoredObjects
  trustedProxies: readonly IpRange[]
  metrics: GatewayMetrics
  live: LiveCalls
}
