import { ApiError, type RequestParts, requestOf } from '../src/contract/client.ts'
import type { AnyOperation } from '../src/contract/operation.ts'

/** A request that waits for its person, and how to answer for them. */
export type Waiting = {
  operation: AnyOperation
  /** SHA-256 of the request, base64url: what is confirmed is this and nothing else. */
  requestHash: string
  done: (stepUpId: string) => void
  cancel: () => void
  /** It could not be asked. */
  fail: (error: Error) => void
}

let waiting: Waiting | null = null
const listeners = new Set<() => void>()

/** Asks the person in front of the screen. Rejects with `confirmation_cancelled` when they say no. */
export async function confirmInPerson(operation: AnyOperation, input: unknown): Promise<string> {
  // Input of any operation has this shape.
  const { method, path, body = '' } = requestOf(operation, input as RequestParts)
  const bytes = new TextEncoder().encode(`${method} ${path}\n${body}`)
  const requestHash = base64url(await crypto.subtle.digest('SHA-256', bytes))
  waiting?.cancel()
  return new Promise((resolve, reject) => {
    const close = () => {
      // An answer may come late, when another request waits: that one goes on waiting.
      if (waiting === own) show(null)
    }
    const own: Waiting = {
      operation,
      requestHash,
      done(stepUpId) {
        close()
        resolve(stepUpId)
      },
      cancel() {
        own.fail(
          new ApiError(403, {
            code: 'confirmation_cancelled',
            detail: 'Not confirmed: nothing was changed.',
          }),
        )
      },
      fail(error) {
        close()
        reject(error)
      },
    }
    show(own)
  })
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function whatWaits(): Waiting | null {
  return waiting
}

function show(next: Waiting | null): void {
  waiting = next
  for (const listener of listeners) listener()
}

function base64url(bytes: ArrayBuffer): string {
  const text = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('')
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
