import type { Scope } from './scope.ts'

/** Requests and tokens in any 60 seconds, and calls at the same time, at one scope. `null` sets no limit. */
export type RateLimit = {
  id: string
  scope: Scope
  requestsPerMinute: number | null
  tokensPerMinute: number | null
  concurrentCalls: number | null
  providerId: string | null
  modelPattern: string | null
}
