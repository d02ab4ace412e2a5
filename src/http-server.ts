import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import type { App } from './app.ts'
import { ConfigError } from './config.ts'
import type { Health } from './health.ts'
import { INBOUND, type PlainConnections, type ServeInbound, servePlainly } from './http1-inbound.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { headFault, startFault } from './request-fault.ts'

const IDLE_SWEEP_MS = 50

/** A listener for each half; null for a half whose role this process does not have. */
export type Halves = { gateway: ServeInbound | null; controlPlane: RequestListener | null; health: Health }

export type HttpServers = {
  /** Where the control plane and the gateway answer; equal when they share a port. */
  ports: { controlPlane: number; gateway: number }
  /** Stops listening and waits until every open request has its answer, or cuts them off after `timeoutMs`. */
  close(timeoutMs: number): Promise<void>
  /** Ends every connection now, whatever goes on in it. */
  cut(): void
}

/** Starts the servers: one for both halves, or two when the gateway has a port of its own. */
export async function startHttpServers(app: App, halves: Halves): Promise<HttpServers> {
  const { host, port, gatewayPort } = app.config
  const parted = gatewayPort !== null && halves.gateway !== null && halves.controlPlane !== null
  const first = await listen(
    app.log,
    parted ? { ...halves, gateway: null } : halves,
    host,
    halves.controlPlane ? port : (gatewayPort ?? port),
  )
  const second = parted ? await listen(app.log, { ...halves, controlPlane: null }, host, gatewayPort) : first
  const all = [...new Set([first, second])]
  return {
    ports: { controlPlane: portOf(first), gateway: portOf(second) },
    async close(timeoutMs) {
      await Promise.all(all.map((listening) => close(listening, timeoutMs)))
    },
    cut() {
      all.forEach(cut)
    },
  }
}

/** A server, and the connections on it that `node:http` does not see. */
type Listening = { server: Server; plain: PlainConnections | null }

/** Hands `/v1/…` straight to the gateway, before anything else looks at the request. */
function listener({ gateway, controlPlane, health }: Halves): RequestListener {
  return oneAtATime((request, response) => {
    const startFaulty = startFault(request)
    if (startFaulty) return refuse(response, 400, startFaulty)
    if (isGateway(request.url ?? ''))
      return gateway ? gateway(withLowerNames(request), response) : notServed(request, response)
    // The gateway looks at the rest while it reads the headers.
    const headFaulty = headFault(request)
    if (headFaulty) return refuse(response, 400, headFaulty)
    if (health.handle(request, response)) return
    controlPlane ? controlPlane(request, response) : notServed(request, response)
  })
}

function withLowerNames(request: IncomingMessage): IncomingMessage {
  const { rawHeaders } = request
  for (let i = 0; i < rawHeaders.length; i += 2) rawHeaders[i] = (rawHeaders[i] as string).toLowerCase()
  return request
}

function isGateway(target: string): boolean {
  return target.startsWith('/v1/') || target === '/v1' || target.startsWith('/v1?')
}

function notServed(request: IncomingMessage, response: ServerResponse): void {
  const half = isGateway(request.url ?? '') ? 'gateway' : 'control plane'
  refuse(response, 404, `The ${half} does not answer on this port.`)
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.shouldKeepAlive = false
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(`${message}\n`)
}

async function listen(log: Logger, halves: Halves, host: string, port: number): Promise<Listening> {
  const onRequest = listener(halves)
  const server = createServer(
    {
      insecureHTTPParser: false,
      requireHostHeader: true,
      maxHeaderSize: INBOUND.headBytes,
      headersTimeout: INBOUND.headSeconds * 1000,
      requestTimeout: INBOUND.requestSeconds * 1000,
      keepAliveTimeout: INBOUND.idleSeconds * 1000,
      connectionsCheckingInterval: 5_000,
      noDelay: true,
    },
    onRequest,
  )
  // The gateway asks for a body itself; for the control plane it is asked for when somebody begins to read it.
  server.on('checkContinue', (request, response) => {
    if (!isGateway(request.url ?? '')) {
      request.once('resume', () => {
        if (!response.headersSent) response.writeContinue()
      })
    }
    onRequest(request, response)
  })
  const plain = halves.gateway && servePlainly(server, halves.gateway)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new ConfigError(`${host}:${port} cannot be listened on (${error.message}). Set PORT to another one.`),
      )
    })
    server.listen(port, host, resolve)
  })
  server.removeAllListeners('error')
  server.on('error', (error) => log.error({ err: error }, 'the HTTP server failed to take a connection'))
  return { server, plain }
}

function portOf({ server }: Listening): number {
  return (server.address() as AddressInfo).port
}

function cut({ server, plain }: Listening): void {
  server.closeAllConnections()
  plain?.cut()
}

async function close(listening: Listening, timeoutMs: number): Promise<void> {
  const { server, plain } = listening
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const idle = setInterval(() => {
    server.closeIdleConnections()
    plain?.retire()
  }, IDLE_SWEEP_MS)
  const late = setTimeout(cut, timeoutMs, listening)
  await Promise.all([closed, plain?.ended()])
  clearInterval(idle)
  clearTimeout(late)
}
