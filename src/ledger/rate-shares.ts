import type { Logger } from 'pino'
import type { ShareAnswer, ShareRequest } from '../db/rate-shares.ts'
import { countedIn, countedLately, type Minute } from '../domain/rate-limit.ts'
import {
  type Dimension,
  fits,
  isLow,
  isWhole,
  keptOnAsking,
  keptOnRecall,
  type Share,
  wishOf,
} from '../domain/rate-share.ts'

/** After the database failed, calls are decided by what is here for this long before it is asked again. */
const PAUSE_MS = 250
/** How long a call waits for what other nodes give back, and as long again while there is some to be had. */
const PATIENCE_MS = 300
/** A figure that all nodes together have no more of is not asked for again for so long. A minute moves on in seconds. */
const QUIET_MS = 1_000
/** A key's snapshot says another figure than the authority: one of the two is about to hear of a change. */
const UNSETTLED_MS = 150
/** A share that runs low is refilled no more often than this. */
const REFILL_MS = 150

/** One figure of one rate limit on this node: what it counts, and its share. */
export type Figure = {
  readonly limitId: string
  readonly dimension: Dimension
  /** Null for concurrent calls, which count in `running`. */
  readonly minute: Minute | null
  running: number
  /** The figure as the last call's key has it. */
  most: number
  /** The same when the authority was asked last. */
  askedMost: number
  /** Null until the authority has answered once. */
  share: Share | null
  /** The authority has set no more aside for this node than this. */
  setAside: number
  /** Of `lapses`, how many there were when the share was asked for. */
  lapse: number
  lastGrant: number
  /** What the calls count that wait for `obtaining`. */
  wanted: number
  obtaining: Promise<void> | null
  /** Another node is short: the next question gives back. */
  recalled: boolean
  /** Nobody uses it: the next question gives everything back that does not count. */
  leaving: boolean
  /** Another node gave something back since the last question. */
  returned: boolean
  wake: (() => void) | null
  quietUntil: number
  refillAt: number
}

export function newFigure(limitId: string, dimension: Dimension, minute: Minute | null): Figure {
  return {
    limitId,
    dimension,
    minute,
    running: 0,
    most: 0,
    askedMost: 0,
    share: null,
    setAside: 0,
    lapse: 0,
    lastGrant: 0,
    wanted: 0,
    obtaining: null,
    recalled: false,
    leaving: false,
    returned: false,
    wake: null,
    quietUntil: 0,
    refillAt: 0,
  }
}

export function countedOf({ minute, running }: Figure, nowMs: number): number {
  return minute ? countedIn(minute, nowMs) : running
}

/** Asks the authority about shares: see `Exchange`. */
export type AskShares = (
  requests: () => readonly ShareRequest[],
  heard: (answers: readonly ShareAnswer[]) => void,
) => Promise<unknown>

type Asked = { figure: Figure; most: number; request: ShareRequest }

export type RateShares = {
  /**
   * The share, when it may be counted on: the node was trusted all the time since it got it, and the figure is not
   * lower now, as far as this node has heard.
   */
  usable(figure: Figure): Share | null
  /** True when a call has to wait until the share is larger, or known at all. */
  lacks(figure: Figure, most: number, amount: number, nowMs: number): boolean
  /** Resolves when `amount` fits, or when there is no point in waiting. Never rejects. */
  obtain(figure: Figure, amount: number): Promise<void>
  /** Another node is short of it. */
  recall(figure: Figure): void
  /** Another node gave some of it back. */
  returned(figure: Figure): void
  /** The node was not trusted for a while: its shares may have been given to others, and none counts until confirmed. */
  lapsed(): void
  /** Gives back what does not count. False when the database is away. */
  leave(figures: readonly Figure[]): Promise<boolean>
}

type World = {
  ask: AskShares
  monotonic: () => number
  log: Logger
}

export function createRateShares({ ask, monotonic, log }: World): RateShares {
  let asked = new Set<Figure>()
  let asking: Promise<boolean> | null = null
  let pausedUntil = 0
  /** How often this node was not trusted for a while: see `lapsed`. */
  let lapses = 0

  function usable({ share, lapse, most, askedMost }: Figure): Share | null {
    if (!share || lapse !== lapses) return null
    return most === askedMost || (share.most !== null && share.most <= most) ? share : null
  }

  function lacks(figure: Figure, most: number, amount: number, nowMs: number): boolean {
    figure.most = most
    const share = usable(figure)
    if (share && share.most === most) {
      const counted = countedOf(figure, nowMs)
      if (fits(share, counted, amount)) {
        if (isLow(share, counted, figure.lastGrant)) refill(figure, nowMs)
        return false
      }
      if (isWhole(share)) return false
    }
    return amount <= most && nowMs >= figure.quietUntil && nowMs >= pausedUntil
  }

  function refill(figure: Figure, nowMs: number): void {
    if (nowMs < figure.refillAt || figure.obtaining || nowMs < pausedUntil) return
    figure.refillAt = nowMs + REFILL_MS
    askFor(figure)
  }

  function obtain(figure: Figure, amount: number): Promise<void> {
    figure.wanted += amount
    figure.obtaining ??= untilObtained(figure).finally(() => {
      figure.obtaining = null
      figure.wanted = 0
    })
    return figure.obtaining
  }

  async function untilObtained(figure: Figure): Promise<void> {
    const deadline = monotonic() + PATIENCE_MS
    for (;;) {
      figure.returned = false
      if (!(await askFor(figure))) return
      const share = usable(figure)
      const nowMs = monotonic()
      if (share && fits(share, countedOf(figure, nowMs), figure.wanted)) {
        if (share.most !== figure.most) figure.quietUntil = nowMs + UNSETTLED_MS
        return
      }
      if (share && (share.liveNodes === 1 || isWhole(share))) break
      // Given back meanwhile, or had by no node: a question that gives back, because another node was short, asks for nothing.
      const left = share !== null && share.left > 0
      const more = left || figure.returned
      if (nowMs >= (more ? deadline + PATIENCE_MS : deadline)) {
        if (left) return
        break
      }
      if (!more) await untilReturned(figure, deadline - nowMs)
    }
    figure.quietUntil = monotonic() + QUIET_MS
  }

  /** Asks about a figure, together with all that are asked about before the authority is free to answer. */
  function askFor(figure: Figure): Promise<boolean> {
    asked.add(figure)
    asking ??= askAll()
    return asking
  }

  async function askAll(): Promise<boolean> {
    const batch: Asked[] = []
    let lapse = 0
    try {
      await ask(
        () => {
          for (const figure of asked) batch.push({ figure, most: figure.most, request: requestFor(figure) })
          asked = new Set()
          asking = null
          lapse = lapses
          return batch.map(({ request }) => request)
        },
        (answers) => hear(batch, answers, lapse),
      )
      return true
    } catch (error) {
      for (const { figure } of batch) figure.setAside = Number.POSITIVE_INFINITY
      pausedUntil = monotonic() + PAUSE_MS
      log.warn({ err: error }, 'the database did not say what may be counted')
      return false
    }
  }

  function hear(batch: readonly Asked[], answers: readonly ShareAnswer[], lapse: number): void {
    const answersOf = new Map(answers.map((answer) => [keyOf(answer), answer]))
    for (const { figure, most: askedMost, request } of batch) {
      const answer = answersOf.get(keyOf(figure))
      if (!answer) continue
      const { most, amount, over, left, liveNodes } = answer
      if (amount > request.kept) figure.lastGrant = amount - request.kept
      figure.share = { most, amount, over, left, liveNodes }
      figure.setAside = amount
      figure.askedMost = askedMost
      figure.lapse = lapse
    }
  }

  /** What is given back is not used any more from the moment it is said. */
  function requestFor(figure: Figure): ShareRequest {
    const { limitId, dimension, share, recalled, leaving } = figure
    const nowMs = monotonic()
    const needed = countedOf(figure, nowMs)
    let kept = 0
    if (share) {
      kept = leaving
        ? Math.min(share.amount, needed)
        : recalled
          ? keptOnRecall(share, needed, latelyOf(figure, nowMs))
          : keptOnAsking(share, needed, share.most !== figure.most)
      figure.share = { ...share, amount: kept }
    }
    figure.recalled = false
    figure.leaving = false
    if (leaving || recalled) return { limitId, dimension, kept, needed, wanted: 0, wished: 0 }
    const wanted = Math.max(0, needed + figure.wanted - kept)
    return { limitId, dimension, kept, needed, wanted, wished: wishOf(wanted, needed) }
  }

  function recall(figure: Figure): void {
    const nowMs = monotonic()
    const counted = countedOf(figure, nowMs)
    const kept = figure.share ? keptOnRecall(figure.share, counted, latelyOf(figure, nowMs)) : 0
    if (figure.setAside <= Math.max(kept, counted)) return
    figure.recalled = true
    askFor(figure)
  }

  return {
    usable,
    lacks,
    obtain,
    recall,
    returned(figure) {
      figure.returned = true
      figure.wake?.()
    },
    lapsed() {
      lapses++
    },
    async leave(figures) {
      if (figures.length === 0) return true
      for (const figure of figures) {
        figure.leaving = true
        askFor(figure)
      }
      return (await asking) ?? true
    },
  }
}

function latelyOf({ minute }: Figure, nowMs: number): number {
  return minute ? countedLately(minute, nowMs) : 0
}

function untilReturned(figure: Figure, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer)
      figure.wake = null
      resolve()
    }
    const timer = setTimeout(wake, ms)
    figure.wake = wake
  })
}

function keyOf({ limitId, dimension }: { limitId: string; dimension: Dimension }): string {
  return `${dimension} ${limitId}`
}
