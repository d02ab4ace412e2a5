import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setUpHeadless } from '../src/actions/setup.ts'
import { createToken } from '../src/actions/tokens.ts'
import { createUser } from '../src/actions/users.ts'
import { createApi } from '../src/api/app.ts'
import { operations } from '../src/contract/all.ts'
import type { Client } from '../src/contract/client.ts'
import type { AnyOperation } from '../src/contract/operation.ts'
import type { Role } from '../src/domain/permission.ts'
import type { TestApp } from './app.ts'

export type ControlPlane = AsyncDisposable & {
  url: string
  /** The owner's API token. */
  owner: string
  client(token: string): Client
  /** Sends what `sample` says and returns the whole answer: for what the typed client hides. */
  send(operation: AnyOperation, sample: Sample, options?: SendOptions): Promise<Answer>
}

/** The input of an operation, as it is sent. */
export type Sample = { params?: Record<string, string>; query?: Record<string, string>; body?: unknown }
export type SendOptions = { token?: string; headers?: Record<string, string> }
// biome-ignore lint/suspicious/noExplicitAny: an answer may be anything; tests look into it.
export type Answer = { status: number; headers: Headers; body: any }

/** The control plane of `app`, set up, on a real socket. */
export async function serveControlPlane(app: TestApp): Promise<ControlPlane> {
  let owner = ''
  const who = { organization: 'Acme', email: 'owner@example.com', name: 'Owner' }
  await setUpHeadless(app, who, (secret) => {
    owner = secret
  })
  const server = createServer(createApi(app)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  // A listening TCP server has an address of this shape.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    owner,
    client: (token) => ({ baseUrl: url, token, fetch }),
    send: (operation, sample, options) => send(url, operation, sample, options),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function send(
  url: string,
  operation: AnyOperation,
  { params = {}, query = {}, body }: Sample,
  { token, headers = {} }: SendOptions = {},
): Promise<Answer> {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name] ?? ''))
  const response = await fetch(`${url}/api${path}?${new URLSearchParams(query)}`, {
    method: operation.method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
}

export function operationNamed(name: string): AnyOperation {
  const operation = operations.find((operation) => operation.name === name)
  if (!operation) throw new Error(`There is no operation ${name}`)
  return operation
}

let users = 0

/** An API token of a new user. */
export async function issueToken(
  app: TestApp,
  { role, teamId, expiresAt }: { role: Role; teamId?: string; expiresAt?: string },
): Promise<{ secret: string; id: string; userId: string }> {
  users += 1
  const about = { email: `user-${users}@example.com`, name: `User ${users}` }
  const user = await createUser(app.as(), { params: {}, query: {}, body: about })
  const body = { name: `${role} of ${about.name}`, role, userId: user.id, teamId, expiresAt }
  const { secret, token } = await createToken(app.as(), { params: {}, query: {}, body })
  return { secret, id: token.id, userId: user.id }
}
