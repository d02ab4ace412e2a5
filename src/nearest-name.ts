const FAR = 4

/** What somebody who wrote `name` may have meant, or null when nothing known is near it. */
export function nearestName(name: string, known: readonly string[]): string | null {
  const [nearest] = known
    .map((other) => ({ other, far: distance(name, other) }))
    .sort((one, other) => one.far - other.far)
  return nearest && nearest.far <= FAR ? nearest.other : null
}

/** Levenshtein's distance: how many letters to add, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const change = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
