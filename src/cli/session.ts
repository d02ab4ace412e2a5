import { ApiError, type CallOptions, type Client, call, type RequestParts } from '../contract/client.ts'
import type { AnyOperation, Input, Output } from '../contract/operation.ts'
import { readConfigFile } from './config-file.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { Failure } from './failure.ts'
import { openKeychain } from './keychain.ts'
import { accessTokens } from './renew.ts'
import { apiFailure, networkFailure } from './report.ts'
import { requireHeaderText } from './secrets.ts'
import { confirmRequest } from './step-up.ts'
import type { TokenStore } from './token-store.ts'

const DEFAULT_URL = 'http://127.0.0.1:8484'

/** What every command takes from its global flags. */
export type GlobalFlags = { url?: string; json?: boolean; quiet?: boolean }

/** One run of the CLI: which server, as whom, and how to answer. */
export type Session = {
  environment: Environment
  /** Without a token: `currentClient` has one. */
  client: Client
  /** The token for the next call; null when there is none. That of a sign-in is renewed in time. */
  token: () => Promise<string | null>
  json: boolean
  quiet: boolean
}

export async function openSession(flags: GlobalFlags): Promise<Session> {
  const environment = readEnvironment()
  const config = await readConfigFile(environment.configFile)
  const baseUrl = readUrl(flags.url ?? environment.url ?? config?.url ?? DEFAULT_URL)
  // A stored token goes to the server that issued it, and to no other that --url may name.
  const stored = config && 'token' in config && readUrl(config.url) === baseUrl ? config.token : null
  const given = environment.token ?? stored
  const token = given === null ? null : requireHeaderText('API token', given)
  return {
    environment,
    client: { baseUrl, token: null, fetch },
    token: token === null ? accessTokens(tokenStore(environment), baseUrl) : async () => token,
    json: flags.json ?? false,
    quiet: flags.quiet ?? false,
  }
}

/** The client of the session, as whom it is at this moment. */
export async function currentClient({ client, token }: Session): Promise<Client> {
  return { ...client, token: await token() }
}

/** Where this person's tokens are kept. */
export function tokenStore({ configFile, keychain }: Environment): TokenStore {
  return { configFile, openKeychain: async () => (keychain ? openKeychain() : null) }
}

function readUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Failure(
      'usage',
      `"${text}" is not the address of a server: expected one such as ${DEFAULT_URL}.`,
    )
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

/** Calls an operation, has it confirmed when it must be, and says in words what went wrong when something did. */
export async function ask<O extends AnyOperation>(
  session: Session,
  operation: O,
  input: Input<O>,
  options: CallOptions = {},
): Promise<Output<O>> {
  const client = await currentClient(session)
  if (client.token === null && operation.permission !== null) {
    throw new Failure('notSignedIn', `You are not signed in to ${client.baseUrl}.`, {
      next: 'claviger login, or set CLAVIGER_TOKEN. On a new installation: claviger setup',
    })
  }
  try {
    try {
      return await call(client, operation, input, options)
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'step_up_required')) throw error
      // Input<O> is one of these shapes for every operation.
      const stepUpId = await confirmRequest(client, session.environment, operation, input as RequestParts)
      return await call(client, operation, input, { ...options, stepUpId })
    }
  } catch (error) {
    if (error instanceof Failure) throw error
    throw error instanceof ApiError ? apiFailure(error, operation) : networkFailure(client.baseUrl, error)
  }
}

/** The same for an operation that is only known as data: the server checks what the types cannot. */
export function askAny(
  session: Session,
  operation: AnyOperation,
  input: { params?: object; query?: object; body?: object },
  options: CallOptions = {},
) {
  return ask(session, operation, input as Input<AnyOperation>, options)
}
