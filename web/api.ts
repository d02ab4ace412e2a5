import {
  infiniteQueryOptions,
  MutationCache,
  QueryCache,
  QueryClient,
  queryOptions,
  useMutation,
} from '@tanstack/react-query'
import { useRef } from 'react'
import { ApiError, type Client, call } from '../src/contract/client.ts'
import type { AnyOperation, Input, Output } from '../src/contract/operation.ts'
import { useMeanwhile } from './as-opened.tsx'
import { confirmInPerson } from './confirm-in-person.ts'
import { NotFetched } from './fetched.ts'
import { PasskeyError } from './passkeys.ts'

/** The control plane that served this page. The session's cookie goes along by itself. */
export const client: Client = { baseUrl: '', token: null, fetch: (input, init) => fetch(input, init) }

/** What signing in again mends. */
const SIGN_IN = ['unauthenticated', 'sign_in_required', 'mfa_required']
/** Begins the key of what `ConfirmInPerson` asks. */
export const CONFIRM = 'confirm'
const FRESH_MS = 10_000
const ATTEMPTS = 2

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: toSignIn }),
  mutationCache: new MutationCache({
    onError: toSignIn,
    // Whatever changed, all that is on the screen is asked again: no list of what hangs together to keep true. Who changed
    // it does not wait for that. But for the question whether it is them: asked again while it is answered, it would be
    // another one.
    onSuccess: () => {
      askAgain()
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      retry: (failures, error) => failures < ATTEMPTS && !(error instanceof ApiError && error.status < 500),
    },
  },
})

/** Resolves once all of it is answered, or failed. */
function askAgain(): Promise<void> {
  return queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== CONFIRM })
}

/** What failed, and has nothing older to show, is as if it had never been asked: whoever needs it asks anew. */
export function forgetFailures(): void {
  queryClient.resetQueries({
    predicate: ({ state }) => state.status === 'error' && state.data === undefined,
  })
}

/** A question to the API, for `useQuery`: `useQuery(q(keyView, { params: { keyId } }))`. */
export function q<O extends AnyOperation>(operation: O, input: Input<O>) {
  return queryOptions({
    queryKey: [operation.name, input],
    queryFn: ({ signal }): Promise<Output<O>> => call(client, operation, input, { signal }),
  })
}

type Listed<O extends AnyOperation> = Output<O> & { nextCursor: string | null }

/** The same for a list, page by page, for `useInfiniteQuery`. */
export function pages<O extends AnyOperation>(operation: O, input: Input<O>) {
  return infiniteQueryOptions({
    queryKey: [operation.name, 'pages', input],
    initialPageParam: null as string | null,
    queryFn: ({ signal, pageParam }): Promise<Listed<O>> => {
      const { query = {} } = input as { query?: Record<string, unknown> }
      const asked = { ...input, query: pageParam === null ? query : { ...query, cursor: pageParam } }
      // A list answers its page and the next cursor; `cursor` is a parameter of each.
      return call(client, operation, asked as Input<O>, { signal }) as Promise<Listed<O>>
    },
    getNextPageParam: (last) => last.nextCursor,
  })
}

export type ActOptions = {
  /** The version that was read. */
  ifMatch?: number
}

/**
 * Something to do: `const rotate = useAct(keyRotate)`, `rotate.mutate({ input: { params, body } })`. What a person has to
 * confirm is asked of them and sent again; who closes that question gets `confirmation_cancelled`, which is no failure
 * to show.
 */
export function useAct<O extends AnyOperation>(operation: O) {
  const meanwhile = useMeanwhile()
  const confirmed = useRef<Confirmed>(null)
  return useMutation({
    // What it answers may be a secret: it is forgotten with `reset()`, and with the page.
    gcTime: 0,
    mutationFn: (act: { input: Input<O> } & ActOptions) =>
      send(operation, act, confirmed, meanwhile?.seenVersion ?? null),
    onSuccess(output) {
      const version = versionOf(output)
      if (version !== null) meanwhile?.saved(version)
    },
  })
}

/** A request that its person confirmed, and that was not carried out; and the version of what they had looked at. */
type Confirmed = { request: string; seenVersion: number | null; stepUpId: string } | null

async function send<O extends AnyOperation>(
  operation: O,
  { input, ifMatch }: { input: Input<O> } & ActOptions,
  confirmed: { current: Confirmed },
  seenVersion: number | null,
): Promise<Output<O>> {
  const options = {
    ...(operation.method === 'POST' ? { idempotencyKey: crypto.randomUUID() } : {}),
    ...(ifMatch === undefined ? {} : { ifMatch }),
  }
  try {
    try {
      return await call(client, operation, input, options)
    } catch (error) {
      if (!needsConfirmation(error)) throw error
      return await callConfirmed(operation, input, options, confirmed, seenVersion)
    }
  } catch (error) {
    // Somebody else changed it: what is there now is read first, to be merged with or to be looked at.
    if (isConflict(error)) await askAgain()
    throw error
  }
}

/**
 * A confirmation is good for the same request until that is carried out: nobody is asked twice for one that was refused.
 * Once they looked at what is there now it is another matter, though the request may be the same.
 */
async function callConfirmed<O extends AnyOperation>(
  operation: O,
  input: Input<O>,
  options: { ifMatch?: number; idempotencyKey?: string },
  confirmed: { current: Confirmed },
  seenVersion: number | null,
): Promise<Output<O>> {
  const request = JSON.stringify(input)
  const spend = async (stepUpId: string) => {
    confirmed.current = { request, seenVersion, stepUpId }
    const output = await call(client, operation, input, { ...options, stepUpId })
    confirmed.current = null
    return output
  }
  const before = confirmed.current
  if (before?.request === request && before.seenVersion === seenVersion) {
    try {
      return await spend(before.stepUpId)
    } catch (error) {
      if (!needsConfirmation(error)) throw error
    }
  }
  return spend(await confirmInPerson(operation, input))
}

function needsConfirmation(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'step_up_required'
}

/** What is there was changed by somebody else since it was read. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'precondition_failed'
}

function versionOf(output: unknown): number | null {
  if (typeof output !== 'object' || output === null || !('version' in output)) return null
  return typeof output.version === 'number' ? output.version : null
}

/** For a person: what went wrong. Null for what they called off themselves. */
export function problemOf(error: unknown): { message: string; requestId: string | null } | null {
  if (error === null || error === undefined) return null
  if (error instanceof ApiError) {
    if (error.code === 'confirmation_cancelled') return null
    if (isConflict(error)) {
      const message = 'Somebody else changed this meanwhile. Look at it as it is now, then try again.'
      return { message, requestId: null }
    }
    const details = error.errors.map(({ pointer, detail }) => `${pointer.split('/').at(-1)}: ${detail}`)
    return { message: [error.message, ...details].join(' '), requestId: error.requestId }
  }
  if (error instanceof NotFetched) {
    const message =
      'A part of this page did not load. Check your connection and try again; if that does not help, reload the page.'
    return { message, requestId: null }
  }
  if (error instanceof PasskeyError) return { message: error.message, requestId: null }
  return { message: 'Claviger was not reached. Check your connection and try again.', requestId: null }
}

function toSignIn(error: Error): void {
  if (!(error instanceof ApiError) || !SIGN_IN.includes(error.code)) return
  const here = location.pathname + location.search
  location.assign(`/sign-in?${new URLSearchParams({ to: here })}`)
}
