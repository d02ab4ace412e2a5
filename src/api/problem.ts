import { STATUS_CODES } from 'node:http'
import type { App } from '../app.ts'
import { AppError } from '../domain/errors.ts'

const STATEMENT_TIMEOUT = '57014'

/** Prints an error as RFC 9457. What we did not expect becomes `internal`: the cause goes to the log and nowhere else. */
export function problemResponse(app: App, requestId: string, error: unknown): Response {
  const known = error instanceof AppError ? error : expected(error)
  if (known.status >= 500) app.log.error({ err: error, requestId }, 'control plane: request failed')
  const headers = new Headers({ 'content-type': 'application/problem+json' })
  if (known.code === 'unauthenticated') headers.set('www-authenticate', 'Bearer realm="claviger"')
  if (known.retryAfterSeconds !== undefined) headers.set('retry-after', String(known.retryAfterSeconds))
  const problem = {
    title: STATUS_CODES[known.status],
    status: known.status,
    detail: known.message,
    code: known.code,
    request_id: requestId,
    ...(known.needs ? { needs: known.needs } : {}),
    ...(known.errors.length > 0 ? { errors: known.errors } : {}),
  }
  return new Response(JSON.stringify(problem), { status: known.status, headers })
}

function expected(error: unknown): AppError {
  if (codeOf(error) === STATEMENT_TIMEOUT) {
    return new AppError('unavailable', 'The database took too long to answer. Ask for less, or try again.', {
      cause: error,
    })
  }
  if (isDatabaseAway(error)) {
    return new AppError('unavailable', 'The database cannot be reached. Try again shortly.', {
      retryAfterSeconds: 2,
      cause: error,
    })
  }
  return new AppError('internal', 'Something went wrong on our side. The request id finds it in the log.', {
    cause: error,
  })
}

/** SQLSTATE classes 08 (connection), 53 (resources) and 57P (shutdown), and what the socket below says. */
function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (
    /^(?:08|53|57P)|^(?:ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT)$/.test(codeOf(error)) ||
    /Connection terminated|timeout exceeded when trying to connect/.test(error.message)
  )
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
