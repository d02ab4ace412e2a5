/** What the sentence below is about: a secret as the API shows it, with its calls. */
type Used = {
  state: 'current' | 'grace' | 'retired'
  lastHour: { calls: number }
  lastDay: { calls: number }
}

const TIMES = [
  { name: 'the last hour', of: ({ lastHour }: Used) => lastHour.calls },
  { name: 'the last 24 hours', of: ({ lastDay }: Used) => lastDay.calls },
]

/**
 * Whether a replaced secret is still used, as a sentence: "12 calls in the last hour, all but 2 with the new secret."
 * Null when there is nothing to tell: no secret was replaced that still works.
 */
export function drainingSentence(secrets: readonly Used[], count: (calls: number) => string): string | null {
  const old = secrets.filter(({ state }) => state === 'grace')
  if (old.length === 0 || !secrets.some(({ state }) => state === 'current')) return null
  const working = secrets.filter(({ state }) => state !== 'retired')
  const time = TIMES.find(({ of }) => working.some((secret) => of(secret) > 0))
  if (!time) return `No calls in ${TIMES.at(-1)?.name}, with either secret.`
  const sum = (of: readonly Used[]) => of.reduce((calls, secret) => calls + time.of(secret), 0)
  const [all, withOld] = [sum(working), sum(old)]
  const calls = `${count(all)} ${all === 1 ? 'call' : 'calls'} in ${time.name}`
  const oldOnes = old.length === 1 ? 'the old secret' : 'old secrets'
  if (withOld === 0) return `${calls}, ${all === 1 ? '' : 'all '}with the new secret.`
  if (withOld === all) return `${calls}, ${all === 1 ? '' : 'all '}with ${oldOnes}.`
  return `${calls}, all but ${count(withOld)} with the new secret.`
}
