import type { Route } from './serve.ts'

/** The operations about signing in at identity providers, with their actions. */
export const ssoRoutes: Route[] = []
