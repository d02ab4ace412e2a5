/** What is not a choice of anybody, or said elsewhere. */
const QUIET = new Set(['id', 'version', 'window', 'raises', 'createdAt', 'scope'])

type Facts = Record<string, unknown> | null

/** What an event of the audit log changed, as "limit: 400.00 → 500.00". */
export function changesOf({ before, after }: { before: Facts; after: Facts }): string[] {
  if (before === null || after === null) return []
  return Object.keys(after)
    .filter((name) => !QUIET.has(name) && JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => `${wordsOf(name)}: ${say(before[name])} → ${say(after[name])}`)
}

/** `limitUsd` as "limit", `suspendAtPercent` as "suspend at percent". */
function wordsOf(name: string): string {
  return name
    .replace(/Usd$/, '')
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .trim()
}

function say(value: unknown): string {
  if (value === null || value === undefined) return 'none'
  return Array.isArray(value) ? value.join(', ') || 'none' : String(value)
}
