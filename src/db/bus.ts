import type pg from 'pg'
import type { Logger } from 'pino'
import type { Bus, BusMessage } from '../bus.ts'
import { connectOnce } from './connect.ts'
import { CHANNEL } from './notify.ts'

const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5_000
/** A connection can die without a word; one that does not answer this often, this fast, is taken for dead. */
const HEARTBEAT_MS = 1_000
const HEARTBEAT_TIMEOUT_MS = 2_000

type Listener = (message: BusMessage) => void

/**
 * Listens on a connection of its own. When that breaks it comes back by itself, and tells everybody that messages
 * may be lost. Resolves once it listens.
 */
export async function createBus(url: string, log: Logger): Promise<Bus> {
  const listeners = new Set<Listener>()
  let closed = false
  let retry: NodeJS.Timeout | undefined

  const emit: Listener = (message) => {
    for (const listener of listeners) listener(message)
  }

  function reconnect(attempt: number): void {
    if (closed) return
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** attempt, LONGEST_RETRY_MS) * (0.5 + Math.random())
    retry = setTimeout(async () => {
      try {
        connection = await listen(url, emit, lost)
      } catch {
        return reconnect(attempt + 1)
      }
      if (closed) return connection.close()
      log.info('changes arrive again; taking everything as changed')
      emit({ topic: 'all' })
    }, waitMs)
  }

  function lost(): void {
    if (!closed) log.warn('lost the database connection that brings changes; reconnecting')
    reconnect(0)
  }

  let connection = await listen(url, emit, lost)
  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      closed = true
      clearTimeout(retry)
      listeners.clear()
      connection.close()
    },
  }
}

/** Listens until the connection breaks; then calls `lost`, once. */
async function listen(url: string, emit: Listener, lost: () => void): Promise<{ close(): void }> {
  const client = await connectOnce(url, 'bus')
  const end = () => void client.end().catch(() => {})
  try {
    client.on('notification', ({ payload }) => emit(JSON.parse(payload ?? '') as BusMessage))
    await client.query(`listen ${CHANNEL}`)
  } catch (error) {
    end()
    throw error
  }
  let over = false
  const heartbeat = setInterval(() => beat(client).catch(finish), HEARTBEAT_MS)
  function finish(): void {
    if (over) return
    over = true
    clearInterval(heartbeat)
    end()
    lost()
  }
  client.once('end', finish)
  return { close: finish }
}

async function beat(client: pg.Client): Promise<void> {
  const question: pg.QueryConfig & { query_timeout: number } = {
    text: 'select 1',
    query_timeout: HEARTBEAT_TIMEOUT_MS,
  }
  await client.query(question)
}
