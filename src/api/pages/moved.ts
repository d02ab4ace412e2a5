import type { Hono } from 'hono'
import { deliveryAddress, documentAddress, requestAddress } from '../../domain/dashboard-addresses.ts'

/** Addresses that stand in mails which were sent before the dashboard had these pages, and where they are. */
export const MOVED: { from: string; to(id: string): string }[] = [
  { from: '/access-requests', to: () => '/requests' },
  { from: '/access-requests/:id', to: requestAddress },
  { from: '/delivery/:id', to: deliveryAddress },
  { from: '/training', to: () => '/documents' },
  { from: '/training/:id', to: documentAddress },
  { from: '/account', to: () => '/profile' },
  { from: '/account/email', to: () => '/profile' },
]

/** Sends whoever follows an old address on, signed in or not: the page itself asks who they are. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, these routes do not look at it.
export function serveMoved(hono: Hono<any>): void {
  for (const { from, to } of MOVED) {
    hono.get(from, (c) => c.redirect(to(c.req.param('id') ?? ''), 301))
  }
}
