/** What a script can branch on. Printed by `claviger help exit-codes`. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  forbidden: 3,
  notSignedIn: 4,
  notFound: 5,
  conflict: 6,
  limit: 7,
  unavailable: 8,
  found: 9,
} as const

export type Exit = keyof typeof EXIT

export const EXIT_MEANING: Record<Exit, string> = {
  done: 'done',
  failed: 'failed; standard error says why',
  usage: 'the command was not understood, or it was cancelled',
  forbidden: 'you are signed in, but may not do this',
  notSignedIn: 'not signed in, or the token is no longer valid',
  notFound: 'there is no such thing, or you may not see it',
  conflict: 'it exists already, or it changed since you read it',
  limit: 'a rate limit or a budget is used up',
  unavailable: 'the server or the network is unavailable; safe to try again',
  found: 'a check found something',
}

type Details = { code?: string; next?: string; requestId?: string; errors?: string[]; cause?: unknown }

/** Why a command ends without having done its work, in words for the person who typed it. */
export class Failure extends Error {
  readonly exit: Exit
  readonly code: string
  /** What to do now. */
  readonly next: string | undefined
  readonly requestId: string | undefined
  /** One line for each part of the input that was refused. */
  readonly errors: string[]

  constructor(exit: Exit, message: string, details: Details = {}) {
    super(message, { cause: details.cause })
    this.exit = exit
    this.code = details.code ?? CODES[exit]
    this.next = details.next
    this.requestId = details.requestId
    this.errors = details.errors ?? []
  }
}

const CODES: Record<Exit, string> = {
  done: 'ok',
  failed: 'failed',
  usage: 'usage',
  forbidden: 'forbidden',
  notSignedIn: 'unauthenticated',
  notFound: 'not_found',
  conflict: 'conflict',
  limit: 'rate_limit_exceeded',
  unavailable: 'unavailable',
  found: 'found',
}
