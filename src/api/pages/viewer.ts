import { type App, type Ctx, visitOf } from '../../app.ts'
import { authenticate } from '../../auth/authenticate.ts'
import { AppError } from '../../domain/errors.ts'
import type { PageContext } from './layout.ts'

/** Who looks at a page, by the cookie of their session alone; null when nobody is signed in. */
export async function signedIn(c: PageContext, app: App): Promise<Ctx | null> {
  try {
    const { actor, setCookies } = await authenticate(app, {
      authorization: null,
      cookie: c.req.header('cookie') ?? null,
      // That a form was sent from a page of ours is what `readForm` checks.
      method: 'GET',
      origin: null,
      fetchSite: null,
      ip: c.var.ip,
    })
    for (const cookie of setCookies) c.header('set-cookie', cookie, { append: true })
    return { ...pageVisit(c, app), actor }
  } catch (error) {
    // With a session that the organization asks more of, they sign in again.
    if (error instanceof AppError && ['unauthenticated', 'mfa_required'].includes(error.code)) return null
    throw error
  }
}

/** The visit of a page, before anybody signed in. */
export function pageVisit(c: PageContext, app: App) {
  const userAgent = c.req.header('user-agent') ?? null
  return visitOf(app, { requestId: c.var.requestId, ip: c.var.ip, userAgent })
}

/** To the sign-in page, and from there back to this one. */
export function toSignIn(c: PageContext): Response {
  const { pathname, search } = new URL(c.req.url)
  return c.redirect(`/sign-in?${new URLSearchParams({ to: pathname + search })}`, 303)
}
