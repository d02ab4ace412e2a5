/** What came of a call: what the model said, or why it did not. */
export type FirstCall = { works: true; ms: number; said: string } | { works: false; why: string }

const TIMEOUT_MS = 30_000

/** Calls a model at this address as a program would, with a key of its own. */
export async function firstCall(secret: string, model: string): Promise<FirstCall> {
  const begun = performance.now()
  try {
    const response = await fetch('/v1/chat/completions', {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const answer = await response.json().catch(() => null)
    const said = answer?.choices?.[0]?.message?.content
    if (response.ok && typeof said === 'string') {
      return { works: true, ms: Math.round(performance.now() - begun), said }
    }
    return { works: false, why: answer?.error?.message ?? `The gateway answered ${response.status}.` }
  } catch {
    return {
      works: false,
      why: 'No gateway answers at this address. If it runs elsewhere, make the call there.',
    }
  }
}
