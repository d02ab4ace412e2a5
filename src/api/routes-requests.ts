import type { Route } from './serve.ts'

/** The operations about access requests, approvals and deliveries, with their actions. */
export const requestsRoutes: Route[] = []
