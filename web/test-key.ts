import { askGateway } from './gateway.ts'

/** What came of trying a key: how long it took, and what it may use; or why it did not work. */
export type KeyTest = { works: true; ms: number; models: number } | { works: false; ms: number; why: string }

const TIMEOUT_MS = 15_000
const NOBODY =
  'No gateway answers at this address. If it runs elsewhere, try the key there: claviger key test'

/** Asks at this address which models a key may use. */
export async function testKey(secret: string): Promise<KeyTest> {
  const { ms, heard } = await askGateway('/v1/models', secret, { timeoutMs: TIMEOUT_MS })
  const models = heard?.answer?.data
  if (heard?.ok && Array.isArray(models)) return { works: true, ms, models: models.length }
  return { works: false, ms, why: heard?.why ?? NOBODY }
}
