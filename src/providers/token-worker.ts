import { parentPort } from 'node:worker_threads'
import { type CountText, inputBound, loadEncoding } from './token-count.ts'
import type { Encoding } from './token-encodings.ts'

/** What `token-counter.ts` asks, one question at a time. `text` has one character per byte. */
export type Question = { encoding: Encoding; text: string; describesFunctions: boolean }

const loaded = new Map<Encoding, CountText>()

// A thread of its own: loading an encoding and counting a long text would hold up every other call.
parentPort?.on('message', async ({ encoding, text, describesFunctions }: Question) => {
  const count = loaded.get(encoding) ?? (await loadEncoding(encoding))
  loaded.set(encoding, count)
  const body = Buffer.from(text, 'latin1').toString('utf8')
  parentPort?.postMessage(inputBound(body, describesFunctions, count))
})
