/** Tries that cost no wait: people mistype. */
const FREE = 5
const LONGEST_SECONDS = 900
/** Failures are forgotten when there was none for so long. */
export const FORGET_SECONDS = 86_400

/** How long to wait after so many failures: not after the first four, then 1, 2, 4 … seconds, 15 minutes at most. */
export function delaySeconds(failures: number): number {
  return failures < FREE ? 0 : Math.min(LONGEST_SECONDS, 2 ** (failures - FREE))
}

/** The delays after one failure, two, …, until they grow no more. */
export function delays(): number[] {
  const all = [delaySeconds(1)]
  while (all.at(-1) !== LONGEST_SECONDS) all.push(delaySeconds(all.length + 1))
  return all
}
