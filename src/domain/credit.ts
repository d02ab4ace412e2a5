import type { NanoUsd } from './money.ts'

/*
 * An account of credits is a budget whose limit is what was granted, less what was over before it was spent.
 *
 *   granted ──▶ spent, soonest end first ──▶ over: it lapsed, or somebody ended it
 *               used grows                   used stays; the rest has left the account
 *
 * The migration 0023_credits does the same on rows, under the lock of the account's window.
 */

export type Credit = {
  id: string
  amountNanoUsd: NanoUsd
  /** What of it is spent, up to the last look. */
  usedNanoUsd: NanoUsd
  /** Null does not lapse. */
  expiresAt: Date | null
  over: boolean
}

/** Days before a credit lapses at which its people are told that something of it is left. */
export const LAPSE_NOTICE_DAYS = [14, 3, 1] as const

/**
 * Gives what the account has spent, `spentNanoUsd` in all, to its credits: what is new since the last look to those
 * that are not over, soonest end first. What no credit covers stays open, for the next look to give to the next credit.
 */
export function pay(credits: readonly Credit[], spentNanoUsd: NanoUsd): Credit[] {
  // Never below nothing: only what was spent was ever given to a credit.
  let open = spentNanoUsd - credits.reduce((sum, { usedNanoUsd }) => sum + usedNanoUsd, 0n)
  const used = new Map<string, NanoUsd>()
  for (const { id, amountNanoUsd, usedNanoUsd, over } of credits.toSorted(sooner)) {
    let share = over ? 0n : amountNanoUsd - usedNanoUsd
    if (share > open) share = open
    used.set(id, usedNanoUsd + share)
    open -= share
  }
  return credits.map((credit) => ({ ...credit, usedNanoUsd: used.get(credit.id) ?? credit.usedNanoUsd }))
}

/** The account at `now`: credits whose time has come are over, and keep what was spent of them. */
export function lapse(credits: readonly Credit[], spentNanoUsd: NanoUsd, now: Date): Credit[] {
  const due = ({ over, expiresAt }: Credit) => !over && expiresAt !== null && expiresAt <= now
  if (!credits.some(due)) return [...credits]
  return pay(credits, spentNanoUsd).map((credit) => (due(credit) ? { ...credit, over: true } : credit))
}

/** What the account may spend in all, what it has spent included. */
export function limitOf(credits: readonly Credit[]): NanoUsd {
  return credits.reduce(
    (sum, { over, amountNanoUsd, usedNanoUsd }) => sum + (over ? usedNanoUsd : amountNanoUsd),
    0n,
  )
}

/** When the account's limit falls next by itself. */
export function nextLapse(credits: readonly Credit[]): Date | null {
  const ends = credits.flatMap(({ over, expiresAt }) => (over || expiresAt === null ? [] : [expiresAt]))
  return ends.reduce<Date | null>((first, end) => (first === null || end < first ? end : first), null)
}

function sooner(one: Credit, other: Credit): number {
  const ends = (one.expiresAt?.getTime() ?? Infinity) - (other.expiresAt?.getTime() ?? Infinity)
  // Two that never lapse differ by NaN. Ids sort by creation.
  return ends || (one.id < other.id ? -1 : 1)
}
