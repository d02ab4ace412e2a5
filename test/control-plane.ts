import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { giveGrant } from '../src/actions/grants.ts'
import { setUpHeadless } from '../src/actions/setup.ts'
import { createToken } from '../src/actions/tokens.ts'
import { createUser } from '../src/actions/users.ts'
import { createApi } from '../src/api/app.ts'
import { operations } from '../src/contract/all.ts'
import type { Client } from '../src/contract/client.ts'
import type { AnyOperation } from '../src/contract/operation.ts'
import { transaction } from '../src/db/transaction.ts'
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
  // A download is no JSON, its refusal is.
  const isJson = /[/+]json$/.test(response.headers.get('content-type') ?? '')
  const read = text === '' ? null : isJson ? JSON.parse(text) : text
  return { status: response.status, headers: response.headers, body: read }
}

export function operationNamed(name: string): AnyOperation {
  const operation = operations.find((operation) => operation.name === name)
  if (!operation) throw new Error(`There is no operation ${name}`)
  return operation
}

let users = 0

export type IssuedToken = { secret: string; id: string; userId: string }

/** Which role, and where: in the whole organization when nothing else is said. */
export type Held = { role: string; teamId?: string; projectId?: string; production?: boolean }

/**
 * An API token of a new user who holds this role, in production too unless it says otherwise. The token narrows
 * nothing else. In the whole organization, who only looks is an analyst.
 */
export async function issueToken(
  app: TestApp,
  { role, teamId, projectId, production = true, expiresAt }: Held & { expiresAt?: string },
): Promise<IssuedToken> {
  users += 1
  const held = role === 'viewer' && !teamId && !projectId ? 'analyst' : role
  const about = { email: `user-${users}@example.com`, name: `User ${users}` }
  const user = await createUser(app.as(), { params: {}, query: {}, body: about })
  const where = teamId === undefined && projectId !== undefined ? await teamOfProject(app, projectId) : teamId
  const grant = {
    role: held,
    teamId: where ?? null,
    projectId: projectId ?? null,
    production,
    expiresAt: null,
  }
  await transaction(app.as(), (ctx) =>
    giveGrant(ctx, { userId: user.id, serviceAccountId: null }, grant, { source: 'setup' }),
  )
  const scope = projectId === undefined ? { teamId } : { projectId }
  const body = {
    name: `${held} of ${about.name}`,
    role: held,
    userId: user.id,
    ...scope,
    production,
    expiresAt,
  }
  const { secret, token } = await createToken(app.as(), { params: {}, query: {}, body })
  return { secret, id: token.id, userId: user.id }
}

async function teamOfProject(app: TestApp, projectId: string): Promise<string> {
  const project = await app.db
    .selectFrom('projects')
    .select('teamId')
    .where('id', '=', projectId)
    .executeTakeFirstOrThrow()
  return project.teamId
}
