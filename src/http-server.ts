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
import { GatewayRequest } from './gateway/request.ts'
import type { Health } from './health.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { headFault, startFault } from './request-fault.ts'

const IDLE_SWEEP_MS = 50

/** A listener for each half; null for a half whose role this process does not have. */
export type Halves = { gateway: RequestListener | null; controlPlane: RequestListener | null; health: Health }

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
    listener(parted ? { ...halves, gateway: null } : halves),
    host,
    halves.controlPlane ? port : (gatewayPort ?? port),
  )
  const second = parted
    ? await listen(app.log, listener({ ...halves, controlPlane: null }), host, gatewayPort)
    : first
  const servers = [...new Set([first, second])]
  return {
    ports: { controlPlane: portOf(first), gateway: portOf(second) },
    async close(timeoutMs) {
      await Promise.all(servers.map((server) => closeServer(server, timeoutMs)))
    },
    cut() {
      for (const server of servers) server.closeAllConnections()
    },
  }
}

/** Hands `/v1/…` straight to the gateway, before anything else looks at the request. */
function listener({ gateway, controlPlane, health }: Halves): RequestListener {
  return oneAtATime((request, response) => {
    const startFaulty = startFault(request)
    if (startFaulty) return refuse(response, 400, startFaulty)
    if (isGateway(request.url ?? ''))
      return gateway ? gateway(request, response) : notServed(request, response)
    // The gateway looks at the rest while it reads the headers.
    const headFaulty = headFault(request)
    if (headFaulty) return refuse(response, 400, headFaulty)
    if (health.handle(request, response)) return
    controlPlane ? controlPlane(request, response) : notServed(request, response)
  })
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

async function listen(log: Logger, onRequest: RequestListener, host: string, port: number): Promise<Server> {
  const server = createServer(
    {
      IncomingMessage: GatewayRequest,
      insecureHTTPParser: false,
      requireHostHeader: true,
      maxHeaderSize: 16 * 1024,
      headersTimeout: 10_000,
      requestTimeout: 300_000,
      keepAliveTimeout: 75_000,
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
  return server
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

async function closeServer(server: Server, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS)
  const cut = setTimeout(() => server.closeAllConnections(), timeoutMs)
  await closed
  clearInterval(idle)
  clearTimeout(cut)
}
