import type { Route } from './serve.ts'

/** The operations about documents, ownership and findings, with their actions. */
export const responsibilityRoutes: Route[] = []
