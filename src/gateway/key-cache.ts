import type { Logger } from 'pino'
import type { BusMessage } from '../bus.ts'
import type { KeySnapshot } from '../db/key-snapshots.ts'
import { AppError } from '../domain/errors.ts'

type Entry = {
  snapshot: KeySnapshot | null
  loadedAt: number
  /** Short of full trust it is read again before it is used; `while-away` makes do with it when that fails. */
  trust: 'full' | 'while-away' | 'none'
}

const MAX_KEYS = 100_000
const MAX_UNKNOWN = 10_000
/** Reads of keys that nobody has used here before, at the same time. */
const MAX_LOADS = 64
/** A snapshot older than this is read again behind the caller's back, in case a message was lost. */
const REFRESH_MS = 30_000
const UNKNOWN_MS = 5_000

export type KeyCacheOptions = {
  read(hash: string): Promise<KeySnapshot | undefined>
  /** How long a snapshot is trusted while the database does not answer. */
  staleMs: number
  monotonicMs(): number
  log: Logger
}

/**
 * Snapshots of keys by the hash of their secret. A warm lookup is one access to a map. What a bus message is about is
 * not used again; when messages may have been lost, everything is read again before it is used, unless the database
 * is away: then what is known is trusted for a stated time, and no longer.
 */
export class KeyCache {
  private readonly options: KeyCacheOptions
  private readonly known = new Map<string, Entry>()
  private readonly unknown = new Map<string, Entry>()
  private readonly loads = new Map<string, Promise<KeySnapshot | null>>()
  /** Counts messages: a load that began before one may have read what was there before the change. */
  private changes = 0

  constructor(options: KeyCacheOptions) {
    this.options = options
  }

  /** The key with this hash; null when there is none. Answers at once when it can. */
  find(hash: string): KeySnapshot | null | Promise<KeySnapshot | null> {
    const entry = this.known.get(hash) ?? this.unknown.get(hash)
    if (entry?.trust !== 'full') return this.load(hash)
    const age = this.options.monotonicMs() - entry.loadedAt
    if (entry.snapshot === null) return age < UNKNOWN_MS ? null : this.load(hash)
    if (age > this.options.staleMs) return this.load(hash)
    if (age > REFRESH_MS && this.loads.size < MAX_LOADS && !this.loads.has(hash))
      this.load(hash).catch(() => {})
    return entry.snapshot
  }

  /** Withdraws the trust in what the message is about. */
  hear(message: BusMessage): void {
    if (
      message.topic !== 'key' &&
      message.topic !== 'access' &&
      message.topic !== 'budget' &&
      message.topic !== 'all'
    )
      return
    this.changes++
    this.unknown.clear()
    for (const entry of this.known.values()) {
      if (message.topic !== 'all') {
        if (message.topic !== 'key' || entry.snapshot?.keyId === message.id) entry.trust = 'none'
      } else if (entry.trust === 'full') entry.trust = 'while-away'
    }
  }

  private load(hash: string): Promise<KeySnapshot | null> {
    const under = this.loads.get(hash)
    if (under) return under
    if (this.loads.size >= MAX_LOADS && !this.known.has(hash)) {
      return Promise.reject(
        new AppError('unavailable', 'Too many keys are being looked up.', { retryAfterSeconds: 1 }),
      )
    }
    const load = this.read(hash).finally(() => this.loads.delete(hash))
    this.loads.set(hash, load)
    return load
  }

  private async read(hash: string): Promise<KeySnapshot | null> {
    try {
      for (;;) {
        const { changes } = this
        const loadedAt = this.options.monotonicMs()
        const snapshot = (await this.options.read(hash)) ?? null
        if (changes !== this.changes) continue
        this.keep(hash, { snapshot, loadedAt, trust: 'full' })
        return snapshot
      }
    } catch (cause) {
      const entry = this.known.get(hash)
      const { monotonicMs, staleMs } = this.options
      if (entry && entry.trust !== 'none' && monotonicMs() - entry.loadedAt <= staleMs) return entry.snapshot
      this.options.log.warn({ err: cause }, 'a key could not be looked up')
      throw new AppError('unavailable', 'The key cannot be checked right now. Try again in a moment.', {
        retryAfterSeconds: 1,
        cause,
      })
    }
  }

  private keep(hash: string, entry: Entry): void {
    const [map, other, most] =
      entry.snapshot === null
        ? ([this.unknown, this.known, MAX_UNKNOWN] as const)
        : ([this.known, this.unknown, MAX_KEYS] as const)
    other.delete(hash)
    map.delete(hash)
    map.set(hash, entry)
    if (map.size > most) for (const oldest of map.keys()) return void map.delete(oldest)
  }
}
