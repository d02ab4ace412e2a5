import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hono } from 'hono'
import type { App } from '../../app.ts'
import { serveSetupPage } from '../setup-page.ts'
import { serveAccessRequestPages } from './access-requests.ts'
import { serveAccountPages } from './account.ts'
import { serveAuthorizePages } from './authorize.ts'
import { serveDeliveryPage } from './delivery.ts'
import { serveDevicePages } from './device.ts'
import { serveFactorPages } from './factor.ts'
import { serveInvitePage } from './invite.ts'
import { serveResetPages } from './reset.ts'
import { serveSignInPages } from './sign-in.ts'
import { serveStepUpPage } from './step-up.ts'
import { serveTrainingPages } from './training.ts'

const STYLE = readFileSync(join(import.meta.dirname, 'pages.css'), 'utf8')

/** Every page for people, and the one stylesheet they share. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, pages do not look at it.
export function servePages(hono: Hono<any>, app: App): void {
  hono.get('/pages.css', (c) => c.body(STYLE, 200, { 'content-type': 'text/css; charset=utf-8' }))
  serveSetupPage(hono, app)
  serveSignInPages(hono, app)
  serveFactorPages(hono, app)
  serveAccountPages(hono, app)
  serveStepUpPage(hono, app)
  serveTrainingPages(hono, app)
  serveAccessRequestPages(hono, app)
  serveDeliveryPage(hono, app)
  serveInvitePage(hono, app)
  serveResetPages(hono, app)
  serveDevicePages(hono, app)
  serveAuthorizePages(hono, app)
}
