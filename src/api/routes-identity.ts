import type { Route } from './serve.ts'

/** The operations about people: sessions, factors, invitations, with their actions. */
export const identityRoutes: Route[] = []
