import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import type { Question } from './token-worker.ts'

/** Longer bodies keep the bound by bytes: counting one of this size takes half a second, and 1.5 s at the worst. */
export const MOST_BYTES_COUNTED = 1024 * 1024
/** Whoever has waited for longer than this keeps the bound by bytes. */
const LONGEST_WAIT_MS = 5_000
const MOST_WAITING = 32
/** An encoding takes 60 MB, which are given back when nobody has asked for a while. */
const IDLE_MS = 60_000

/** Counts the tokens of request bodies in a thread that is started when it is first asked. */
export type TokenCounter = {
  /**
   * An upper bound of what the body comes to in the model's encoding (see `inputBound`). Null when it is not counted:
   * the body is too large, too many wait, it took too long, or the thread failed. Never rejects.
   */
  count(question: Question): Promise<number | null>
  close(): Promise<void>
}

type Asked = { question: Question; answer(tokens: number | null): void }

export function createTokenCounter(log: Logger): TokenCounter {
  const waiting: Asked[] = []
  let worker: Worker | null = null
  let current: Asked | null = null
  let idle: NodeJS.Timeout | undefined

  function count(question: Question): Promise<number | null> {
    if (question.text.length > MOST_BYTES_COUNTED || waiting.length >= MOST_WAITING)
      return Promise.resolve(null)
    const { promise, resolve } = Promise.withResolvers<number | null>()
    const asked: Asked = { question, answer: resolve }
    const tooLate = setTimeout(() => {
      const at = waiting.indexOf(asked)
      if (at >= 0) waiting.splice(at, 1)
      resolve(null)
    }, LONGEST_WAIT_MS)
    waiting.push(asked)
    next()
    return promise.finally(() => clearTimeout(tooLate))
  }

  function next(): void {
    if (current) return
    clearTimeout(idle)
    current = waiting.shift() ?? null
    if (current) {
      worker ??= start()
      worker.postMessage(current.question)
    } else if (worker) idle = setTimeout(stop, IDLE_MS).unref()
  }

  function start(): Worker {
    const started = new Worker(new URL('./token-worker.ts', import.meta.url))
    started.unref()
    started.on('message', (tokens: number | null) => answered(tokens))
    started.on('error', (error) => {
      log.error({ err: error }, 'the thread that counts tokens failed')
      worker = null
      answered(null)
    })
    return started
  }

  function answered(tokens: number | null): void {
    current?.answer(tokens)
    current = null
    next()
  }

  async function stop(): Promise<void> {
    const stopped = worker
    worker = null
    await stopped?.terminate()
  }

  return {
    count,
    async close() {
      clearTimeout(idle)
      for (const asked of waiting.splice(0)) asked.answer(null)
      await stop()
      current?.answer(null)
      current = null
    },
  }
}
