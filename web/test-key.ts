/** What came of trying a key: how long it took, and what it may use; or why it did not work. */
export type KeyTest = { works: true; ms: number; models: number } | { works: false; ms: number; why: string }

const TIMEOUT_MS = 15_000

/** Calls the gateway at this address as a program would. The session of the person at the screen stays out of it. */
export async function testKey(secret: string): Promise<KeyTest> {
  const begun = performance.now()
  const since = () => Math.round(performance.now() - begun)
  try {
    const response = await fetch('/v1/models', {
      headers: { authorization: `Bearer ${secret}` },
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const answer = await response.json().catch(() => null)
    if (response.ok && Array.isArray(answer?.data)) {
      return { works: true, ms: since(), models: answer.data.length }
    }
    return {
      works: false,
      ms: since(),
      why: answer?.error?.message ?? `The gateway answered ${response.status}.`,
    }
  } catch {
    return {
      works: false,
      ms: since(),
      why: 'No gateway answers at this address. If it runs elsewhere, try the key there: claviger key test',
    }
  }
}
