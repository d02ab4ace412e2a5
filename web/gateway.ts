/** What was answered, and why it is no success where it is none. */
// biome-ignore lint/suspicious/noExplicitAny: an answer may be anything; who asks looks at the fields that they mean.
type Heard = { ok: boolean; answer: any; why: string }

/** Asks the gateway as a program would, with a key of its own. The session of the person at the screen stays out of it. `heard`: null where none answers. */
export async function askGateway(
  path: string,
  secret: string,
  { timeoutMs, body }: { timeoutMs: number; body?: unknown },
): Promise<{ ms: number; heard: Heard | null }> {
  const begun = performance.now()
  const since = () => Math.round(performance.now() - begun)
  try {
    const response = await fetch(path, {
      headers: {
        authorization: `Bearer ${secret}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const answer = await response.json().catch(() => null)
    const why = answer?.error?.message ?? `The gateway answered ${response.status}.`
    return { ms: since(), heard: { ok: response.ok, answer, why } }
  } catch {
    return { ms: since(), heard: null }
  }
}
