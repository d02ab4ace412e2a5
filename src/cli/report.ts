import { CommanderError } from 'commander'
import type { ApiError } from '../contract/client.ts'
import type { AnyOperation } from '../contract/operation.ts'
import { EXIT, type Exit, Failure } from './failure.ts'
import { type Parts, partsOf } from './parts.ts'
import { printable } from './table.ts'

const EXIT_OF_STATUS: Record<number, Exit> = {
  400: 'usage',
  401: 'notSignedIn',
  403: 'forbidden',
  404: 'notFound',
  409: 'conflict',
  412: 'conflict',
  422: 'conflict',
  429: 'limit',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
}

const NEXT: Record<string, string> = {
  unauthenticated: 'Sign in again: claviger login',
  forbidden: 'Ask for it: claviger access-request create --help',
  internal: 'This is a bug in the server. Its log has the cause under the request id.',
}

/** The server said no. What it says about a field is said about the flag that fills it. */
export function apiFailure(error: ApiError, operation?: AnyOperation): Failure {
  const { status, code, message, requestId, errors, cause } = error
  const parts = operation && partsOf(operation)
  const input = errors.map(({ pointer, detail }) => `${flagAt(pointer, parts)}: ${detail}`)
  const next = operation?.permission === null ? undefined : NEXT[code]
  const what = input.length > 0 ? 'The server refused this input.' : message
  return new Failure(EXIT_OF_STATUS[status] ?? 'failed', what, {
    code,
    errors: input,
    cause,
    ...(requestId === null ? {} : { requestId }),
    ...(next === undefined ? {} : { next }),
  })
}

/** `/query/by` → `--by`. A part that no flag fills keeps its own name. */
function flagAt(pointer: string, parts: Parts | undefined): string {
  const [part = '', ...path] = pointer.slice(1).split('/')
  const field = path.join('.')
  const flags = part === 'query' ? parts?.query : part === 'body' ? parts?.body : []
  const flag = flags?.find(({ path }) => `${field}.`.startsWith(`${path.join('.')}.`))
  return flag ? `--${flag.name}` : field || part
}

/** The server was not reached, or did not answer as it should. */
export function networkFailure(baseUrl: string, cause: unknown): Failure {
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  const why =
    reason instanceof Error ? reason.message || ('code' in reason ? String(reason.code) : reason.name) : ''
  return new Failure('unavailable', `No answer from ${baseUrl}: ${why}.`, {
    cause,
    next: 'Is the server running? Start it with: npm start. Another address: --url URL or CLAVIGER_URL',
  })
}

/** Prints why the command failed, and returns the exit code. */
export function report(error: unknown, json: boolean): number {
  const failure = asFailure(error)
  if (json) process.stderr.write(`${JSON.stringify(asJson(failure))}\n`)
  else process.stderr.write(asText(failure))
  return EXIT[failure.exit]
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (error instanceof CommanderError) return usageFailure(error)
  return new Failure('failed', error instanceof Error ? (error.stack ?? error.message) : String(error), {
    code: 'internal',
    next: 'This is a bug in the command line: please report it with the lines above.',
  })
}

/** `error: unknown option '--nam'\n(Did you mean --name?)` → what happened, and what to do. */
function usageFailure(error: CommanderError): Failure {
  // What stands behind an unknown flag may be a secret.
  const said = error.message.replace(/^error: /, '').replace(/(?<=^unknown option '[^'=]*)=[\s\S]*'/, "'")
  const [message = '', suggestion] = said.split('\n')
  const next = suggestion?.replace(/^\(|\)$/g, '') ?? 'Add --help to see what it takes.'
  return new Failure(
    'usage',
    `${message.charAt(0).toUpperCase()}${message.slice(1)}.`.replace(/\.\.$/, '.'),
    { next },
  )
}

function asText({ message, errors, next, requestId }: Failure): string {
  const lines = [`Error: ${message.split('\n').map(printable).join('\n')}`]
  for (const error of errors) lines.push(`  ${printable(error)}`)
  if (next) lines.push(`  → ${printable(next)}`)
  if (requestId) lines.push(`  request ${printable(requestId)}`)
  return `${lines.join('\n')}\n`
}

function asJson({ code, message, errors, next, requestId }: Failure): object {
  return {
    error: {
      code,
      message,
      ...(errors.length > 0 ? { errors } : {}),
      ...(next === undefined ? {} : { next }),
      ...(requestId === undefined ? {} : { request_id: requestId }),
    },
  }
}
