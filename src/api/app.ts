import type { RequestListener } from 'node:http'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import type { App } from '../app.ts'
import { clientIp } from '../domain/client-ip.ts'
import { AppError } from '../domain/errors.ts'
import { parseIpAllowlist } from '../domain/ip-allowlist.ts'
import { newId } from '../ids.ts'
import { serveDashboard } from './dashboard.ts'
import { serveDocs } from './docs.ts'
import { handle } from './handle.ts'
import { serveOauth } from './oauth.ts'
import { servePages } from './pages/pages.ts'
import { problemResponse } from './problem.ts'
import { routes } from './routes.ts'
import type { Route } from './serve.ts'

type Env = { Bindings: HttpBindings; Variables: { requestId: string; ip: string | null } }

const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** The control plane as a listener for `node:http`: the API below `/api`, its description, and 404 for the rest. */
export function createApi(app: App): RequestListener {
  const hono = new Hono<Env>()
  const trusted = parseIpAllowlist(app.config.trustedProxies)
  hono.use(async (c, next) => {
    const { socket, headers } = c.env.incoming
    c.set('requestId', newId('req'))
    c.set('ip', clientIp(socket.remoteAddress, String(headers['x-forwarded-for'] ?? ''), trusted))
    await next()
    // What is left of a body that nobody read is never taken for the next request.
    if (!c.env.incoming.complete) c.env.outgoing.shouldKeepAlive = false
    c.res.headers.set('x-request-id', c.var.requestId)
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value)
    }
  })
  for (const route of routes) {
    hono.on(route.operation.method, honoPath(route), (c) =>
      handle(app, route, {
        request: c.req.raw,
        params: c.req.param() as Record<string, string>,
        requestId: c.var.requestId,
        ip: c.var.ip,
      }),
    )
  }
  serveOauth(hono, app)
  serveDocs(hono)
  servePages(hono, app)
  refuseOtherMethods(app, hono)
  serveDashboard(hono)
  hono.notFound((c) => fail(app, c, new AppError('not_found', `There is nothing at ${c.req.path}.`)))
  hono.onError((error, c) => fail(app, c, error))
  // Our listener shares its process with the gateway: the globals stay Node's own.
  return getRequestListener(hono.fetch, { overrideGlobalObjects: false })
}

function fail(app: App, c: Context<Env>, error: unknown): Response {
  return problemResponse(app, c.var.requestId, error)
}

/** Registered after all routes, so it is reached only when the path is known and the method is not. */
function refuseOtherMethods(app: App, hono: Hono<Env>): void {
  const methods = Map.groupBy(
    hono.routes.filter(({ method }) => method !== 'ALL'),
    ({ path }) => path,
  )
  for (const [path, known] of methods) {
    const allow = [...new Set(known.map(({ method }) => method))].join(', ')
    hono.all(path, (c) => {
      const error = new AppError('method_not_allowed', `${c.req.path} takes ${allow}, not ${c.req.method}.`)
      const response = fail(app, c, error)
      response.headers.set('allow', allow)
      return response
    })
  }
}

function honoPath({ operation }: Route): string {
  return `/api${operation.path.replace(/\{(\w+)\}/g, ':$1')}`
}
