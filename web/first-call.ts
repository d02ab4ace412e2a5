import { askGateway } from './gateway.ts'

/** What came of a call: what the model said, or why it did not. */
export type FirstCall = { works: true; ms: number; said: string } | { works: false; why: string }

const TIMEOUT_MS = 30_000
const NOBODY = 'No gateway answers at this address. If it runs elsewhere, make the call there.'

/** Calls a model at this address as a program would, with a key of its own. */
export async function firstCall(secret: string, model: string): Promise<FirstCall> {
  const body = { model, messages: [{ role: 'user', content: 'Hello' }] }
  const { ms, heard } = await askGateway('/v1/chat/completions', secret, { timeoutMs: TIMEOUT_MS, body })
  const said = heard?.answer?.choices?.[0]?.message?.content
  if (heard?.ok && typeof said === 'string') return { works: true, ms, said }
  return { works: false, why: heard?.why ?? NOBODY }
}
