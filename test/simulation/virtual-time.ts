/**
 * Time that passes only when it is told to. The timers and the wall clock of this process go by it from `install` until
 * it is disposed of, so a run depends on nothing but its seed and waits for nothing.
 */
export type VirtualTime = Disposable & {
  /** Milliseconds since it was made. */
  now(): number
  /** Runs what is due within the next `ms`, in order. */
  advance(ms: number): Promise<void>
  /** Sets the wall clock, as somebody at the machine might; nothing else moves. */
  shiftWallClock(byMs: number): void
  /** Forgets all timers. */
  clear(): void
}

type Timer = { atMs: number; order: number; everyMs: number | null; run: () => void }

export function virtualTime(epochMs: number): VirtualTime {
  const real = { setTimeout, clearTimeout, setInterval, clearInterval, Date }
  let nowMs = 0
  let wallMs = epochMs
  let order = 0
  /** The next is the last: taken by `pop`. */
  let timers: Timer[] = []

  function add(run: () => void, delayMs: number, everyMs: number | null): VirtualTimer {
    const timer = { atMs: nowMs + Math.max(1, delayMs), order: order++, everyMs, run }
    insert(timer)
    return new VirtualTimer(timer)
  }

  function insert(timer: Timer): void {
    let at = timers.length
    while (at > 0 && isDueBefore(timers[at - 1], timer)) at--
    timers.splice(at, 0, timer)
  }

  function remove(handle: VirtualTimer | undefined): void {
    if (!handle) return
    handle.timer.everyMs = null
    const at = timers.indexOf(handle.timer)
    if (at >= 0) timers.splice(at, 1)
  }

  class VirtualDate extends real.Date {
    constructor(...given: [] | [number]) {
      if (given.length === 0) super(wallMs + nowMs)
      else super(...given)
    }
    static override now(): number {
      return wallMs + nowMs
    }
  }

  Object.assign(globalThis, {
    setTimeout: (run: () => void, ms = 0) => add(run, ms, null),
    setInterval: (run: () => void, ms = 0) => add(run, ms, ms),
    clearTimeout: remove,
    clearInterval: remove,
    Date: VirtualDate,
  })

  return {
    now: () => nowMs,
    async advance(ms) {
      const end = nowMs + ms
      for (let next = timers.at(-1); next && next.atMs <= end; next = timers.at(-1)) {
        timers.pop()
        nowMs = next.atMs
        next.run()
        if (next.everyMs !== null) insert(Object.assign(next, { atMs: nowMs + next.everyMs, order: order++ }))
        await settled()
      }
      nowMs = end
    },
    shiftWallClock(byMs) {
      wallMs += byMs
    },
    clear() {
      timers = []
    },
    [Symbol.dispose]() {
      Object.assign(globalThis, real)
    },
  }
}

/** Resolves when nothing is left to do at this moment: promises have run, and then what they left for after their turn. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}

/** What `setTimeout` answers in Node.js, as far as it is used. */
class VirtualTimer {
  readonly timer: Timer
  constructor(timer: Timer) {
    this.timer = timer
  }
  unref(): this {
    return this
  }
}

function isDueBefore(one: Timer | undefined, other: Timer): boolean {
  return one !== undefined && (one.atMs - other.atMs || one.order - other.order) < 0
}
