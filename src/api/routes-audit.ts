import type { Route } from './serve.ts'

/** The operations about the audit trail, its sinks, channels and notices, with their actions. */
export const auditRoutes: Route[] = []
