import type { Route } from './serve.ts'

/** The operations about workloads and their trust rules, with their actions. */
export const workloadsRoutes: Route[] = []
