import type { OperationName } from '../domain/operations.ts'
import type { ModelPrice } from '../domain/pricing.ts'
import type { ProviderKind } from '../domain/providers.ts'

/** How to ask one kind of provider. Pure data and functions; `egress.ts` opens the connections. */
export type ProviderAdapter = {
  kind: ProviderKind
  /** Null when every connection names its own. */
  defaultBaseUrl: string | null
  /** Where each operation it serves lives, below the base URL's path. An operation that is absent is not served. */
  paths: Partial<Record<OperationName, string>>
  /** The headers that carry the credential. Attached only to this connection's own origin. */
  authHeaders(secret: string, operation: OperationName): Record<string, string>
  /** The member that caps a chat's output when the caller set none: providers differ. */
  chatOutputCapField: 'max_tokens' | 'max_completion_tokens'
}

/** Where one model name leads: the connection, the provider's own name for it, and its price. */
export type Route = {
  providerId: string
  upstreamModel: string
  /** Null when nobody knows the price: such a call is refused. */
  price: ModelPrice | null
}
