import { setTimeout as sleep } from 'node:timers/promises'

const RETRY_MS = 10

/** Somebody who calls again and again, one call at a time, with a key of their own. */
export type Caller = { name: string; secret: string }

/** A call that got the head of an answer. */
export type Seen = {
  user: string
  /** Of the gateway that it went to. */
  url: string
  requestId: string
  status: number
  complete: boolean
  text: string
}

const MOST_OUTPUT_TOKENS = 9

/** A third of the callers make slow calls, so that some are always under way; of each kind, half of the calls stream. */
const MODELS = ['quick', 'quick', 'fake-slow']

export type Load = {
  seen: Seen[]
  /** When each call was sent, by its user, in milliseconds of the epoch. */
  sentAt: Map<string, number>
  stop(): Promise<void>
}

/** Where the nth call of a caller goes, and what models are called there. */
export type Address = (caller: number, n: number) => { url: string; modelOf?: (name: string) => string }

export function startLoad(address: Address, callers: readonly Caller[]): Load {
  const seen: Seen[] = []
  const sentAt = new Map<string, number>()
  let stopped = false
  const running = callers.map(async (caller, index) => {
    for (let n = 0; !stopped; n++) {
      const user = `${caller.name}-${String(n).padStart(6, '0')}`
      sentAt.set(user, Date.now())
      const { url, modelOf = (name) => name } = address(index, n)
      const call = await callOnce(url, caller.secret, {
        model: modelOf(MODELS[index % MODELS.length] ?? ''),
        stream: n % 2 === 0,
        user,
        max_output_tokens: MOST_OUTPUT_TOKENS,
        input: 'Hello',
      })
      if (call) seen.push(call)
      if (call?.status !== 200) await sleep(RETRY_MS)
    }
  })
  return {
    seen,
    sentAt,
    async stop() {
      stopped = true
      await Promise.all(running)
    },
  }
}

/** Null when no head came back. */
async function callOnce(
  url: string,
  secret: string,
  body: { user: string; [field: string]: unknown },
): Promise<Seen | null> {
  let seen: Seen | null = null
  try {
    const answer = await fetch(`${url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const requestId = answer.headers.get('x-request-id') ?? ''
    seen = { user: body.user, url, requestId, status: answer.status, complete: false, text: '' }
    seen.text = await answer.text()
    seen.complete = true
  } catch {
    // The gateway is gone, or went away in the middle of the answer.
  }
  return seen
}
