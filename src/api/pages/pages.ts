import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hono } from 'hono'
import type { App } from '../../app.ts'
import { serveSetupPage } from '../setup-page.ts'
import { serveAuthorizePages } from './authorize.ts'
import { serveDevicePages } from './device.ts'
import { serveEmailPages } from './email.ts'
import { serveEnrolPages } from './enrol.ts'
import { serveFactorPages } from './factor.ts'
import { serveInvitePage } from './invite.ts'
import { serveMoved } from './moved.ts'
import { serveResetPages } from './reset.ts'
import { serveSignInPages } from './sign-in.ts'
import { serveSsoPages } from './sso.ts'
import { serveStepUpPage } from './step-up.ts'

const STYLE = readFileSync(join(import.meta.dirname, 'pages.css'), 'utf8')
const SCRIPT = readFileSync(join(import.meta.dirname, 'passkeys.js'), 'utf8')

/** Every page for people, and the stylesheet and the script that they share. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, pages do not look at it.
export function servePages(hono: Hono<any>, app: App): void {
  hono.get('/pages.css', (c) => c.body(STYLE, 200, { 'content-type': 'text/css; charset=utf-8' }))
  hono.get('/passkeys.js', (c) => c.body(SCRIPT, 200, { 'content-type': 'text/javascript; charset=utf-8' }))
  serveSetupPage(hono, app)
  serveSignInPages(hono, app)
  serveFactorPages(hono, app)
  serveEnrolPages(hono, app)
  serveEmailPages(hono, app)
  serveStepUpPage(hono, app)
  serveInvitePage(hono, app)
  serveSsoPages(hono, app)
  serveResetPages(hono, app)
  serveDevicePages(hono, app)
  serveAuthorizePages(hono, app)
  serveMoved(hono)
}
