import { ipAllowed, parseIpRange } from '../../../src/domain/ip-allowlist.ts'

/** A range on each line. */
export function linesOf(text: string): string[] {
  return text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** What is wrong with the first line that is no range, as the API would say it. */
export function problemIn(lines: string[]): string | null {
  for (const line of lines) {
    const range = parseIpRange(line)
    if ('problem' in range) return range.problem
  }
  return null
}

/** Whether `address` is in one of the ranges; what is no range holds nobody. */
export function holds(lines: string[], address: string): boolean {
  const ranges = lines.map(parseIpRange).flatMap((range) => ('problem' in range ? [] : [range]))
  return ipAllowed(ranges, address)
}
