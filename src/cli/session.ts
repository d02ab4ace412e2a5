import { ApiError, type CallOptions, type Client, call } from '../contract/client.ts'
import type { AnyOperation, Input, Output } from '../contract/operation.ts'
import { readConfigFile } from './config-file.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { Failure } from './failure.ts'
import { apiFailure, networkFailure } from './report.ts'
import { requireHeaderText } from './secrets.ts'

const DEFAULT_URL = 'http://127.0.0.1:8484'

/** What every command takes from its global flags. */
export type GlobalFlags = { url?: string; json?: boolean; quiet?: boolean }

/** One run of the CLI: which server, as whom, and how to answer. */
export type Session = {
  environment: Environment
  client: Client
  json: boolean
  quiet: boolean
}

export async function openSession(flags: GlobalFlags): Promise<Session> {
  const environment = readEnvironment()
  const config = await readConfigFile(environment.configFile)
  const baseUrl = readUrl(flags.url ?? environment.url ?? config?.url ?? DEFAULT_URL)
  // A stored token goes to the server that issued it, and to no other that --url may name.
  const stored = config && readUrl(config.url) === baseUrl ? config.token : null
  const token = environment.token ?? stored
  return {
    environment,
    client: { baseUrl, token: token === null ? null : requireHeaderText('API token', token), fetch },
    json: flags.json ?? false,
    quiet: flags.quiet ?? false,
  }
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

/** Calls an operation, and says in words what went wrong when something did. */
export async function ask<O extends AnyOperation>(
  session: Session,
  operation: O,
  input: Input<O>,
  options: CallOptions = {},
): Promise<Output<O>> {
  const { client } = session
  if (client.token === null && operation.permission !== null) {
    throw new Failure('notSignedIn', `You are not signed in to ${client.baseUrl}.`, {
      next: 'claviger login --token-stdin, or set CLAVIGER_TOKEN. On a new installation: claviger setup',
    })
  }
  try {
    return await call(client, operation, input, options)
  } catch (error) {
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
