import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError, type Client, call, type RequestParts, requestOf } from '../contract/client.ts'
import type { AnyOperation } from '../contract/operation.ts'
import { stepUpConfirm, stepUpCreate, stepUpView } from '../contract/step-ups.ts'
import { note } from './answer.ts'
import type { Environment } from './environment.ts'
import { Failure } from './failure.ts'
import { prompt } from './secrets.ts'

const POLL_MS = 2000
const TRIES = 3

/**
 * Has the person confirm this very request, with a code or their password here, or in the browser. Returns what to send
 * it again with. Throws `ApiError` when the server refuses.
 */
export async function confirmRequest(
  client: Client,
  { interactive }: Environment,
  operation: AnyOperation,
  input: RequestParts,
): Promise<string> {
  const requestHash = hashOf(operation, input)
  const body = { operation: operation.name, requestHash }
  const { id, methods, url } = await call(client, stepUpCreate, { body })
  if (interactive && methods.includes('otp')) await confirmHere(client, id, 'code')
  else if (interactive && methods.includes('pwd')) await confirmHere(client, id, 'password')
  else await confirmInBrowser(client, id, url)
  return id
}

const QUESTION = {
  code: 'This has to be confirmed. Code of your authenticator app, or a recovery code: ',
  password: 'This has to be confirmed. Your password (hidden): ',
}

async function confirmHere(client: Client, stepUpId: string, what: 'code' | 'password'): Promise<void> {
  for (let left = TRIES - 1; ; left--) {
    const proof = await prompt(QUESTION[what], what === 'password')
    try {
      await call(client, stepUpConfirm, { params: { stepUpId }, body: { [what]: proof.trim() } })
      return
    } catch (error) {
      const wrong = error instanceof ApiError && error.status === 400
      if (!wrong || left === 0) throw error
      note(what === 'code' ? 'This code is not right, or was used already.' : 'This is not your password.')
    }
  }
}

async function confirmInBrowser(client: Client, stepUpId: string, url: string): Promise<void> {
  note(`This has to be confirmed. Open this address in a browser where you are signed in:\n\n  ${url}\n`)
  for (;;) {
    const { confirmedAt, expiresAt } = await call(client, stepUpView, { params: { stepUpId } })
    if (confirmedAt !== null) return
    if (Date.parse(expiresAt) <= Date.now()) {
      throw new Failure('forbidden', 'Nobody confirmed it in time, so nothing was done.', {
        code: 'step_up_required',
      })
    }
    await sleep(POLL_MS)
  }
}

/** What is confirmed is one request, byte for byte: the server hashes the same. */
function hashOf(operation: AnyOperation, input: RequestParts): string {
  const { method, path, body = '' } = requestOf(operation, input)
  return hash('sha256', `${method} ${path}\n${body}`, 'base64url')
}
