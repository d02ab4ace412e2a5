import { percent } from '../../format.ts'
import { amountOf, changeOf, MEASURES, type Measure, type Sums, said } from './measures.ts'
import type { Row } from './rows.ts'

/** Below this, a change is none that one would tell. */
const LEAST_CHANGE = 0.005

/** "Cost rose 12 % to $4,310.20; gpt-5.5 is 61 % of it." The rows are all there is, largest first. */
export function sentenceOf(measure: Measure, total: Sums, before: Sums | undefined, rows: Row[]): string {
  const now = amountOf(measure, total)
  if (now === null || now === 0n) return `${MEASURES[measure].name}: none in this time.`
  const [first] = rows
  const most = first && amountOf(measure, first.sums)
  const share = MEASURES[measure].adds && most ? Number((most * 10_000n) / now) / 10_000 : 0
  const name = first?.parts.map((part) => part.name).join(' with ')
  const of = rows.length > 1 && share > 0 ? `; ${name} is ${percent(share)} of it` : ''
  return `${movementOf(measure, now, before && amountOf(measure, before))}${of}.`
}

function movementOf(measure: Measure, now: bigint, before: bigint | null | undefined): string {
  const { name } = MEASURES[measure]
  // "Cost" is one thing, "calls" are many; their verbs in the past are the same.
  const amount = said(measure, now)
  if (before === undefined) return `${name}: ${amount}`
  const change = changeOf(now, before)
  if (change === null) return `${name} came to ${amount}, with nothing before it`
  if (Math.abs(change) < LEAST_CHANGE) return `${name} stayed at ${amount}`
  return `${name} ${change > 0 ? 'rose' : 'fell'} ${percent(Math.abs(change))} to ${amount}`
}

/** "+12 %", "no change", "new": beside a number. */
export function changeText(now: bigint | null, before: bigint | null): string {
  const change = changeOf(now, before)
  if (change === null) return now === null || now === 0n ? '–' : 'new'
  if (Math.abs(change) < LEAST_CHANGE) return 'no change'
  return `${change > 0 ? '+' : '−'}${percent(Math.abs(change))}`
}
