import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Credit, lapse, limitOf, nextLapse, pay } from './credit.ts'

const day = (n: number) => new Date(Date.UTC(2027, 0, n))

/** `a5` until day 10: `['a', 5, 10]`; `null` does not lapse; then what is used of it, and whether it is over. */
type Line = [id: string, amount: number, end: number | null, used?: number, over?: boolean]

const credit = ([id, amount, end, used = 0, over = false]: Line): Credit => ({
  id,
  amountNanoUsd: BigInt(amount),
  usedNanoUsd: BigInt(used),
  expiresAt: end === null ? null : day(end),
  over,
})
const usedOf = (credits: Credit[]) => credits.map(({ usedNanoUsd }) => Number(usedNanoUsd))

describe('what is spent comes from the credits that end soonest', () => {
  const CASES: [what: string, credits: Line[], spent: number, used: number[]][] = [
    ['nothing', [['a', 5, 10]], 0, [0]],
    ['part of one', [['a', 5, 10]], 3, [3]],
    [
      'the sooner of two, however they came',
      [
        ['a', 5, 20],
        ['b', 5, 10],
      ],
      3,
      [0, 3],
    ],
    [
      'then the later',
      [
        ['a', 5, 20],
        ['b', 5, 10],
      ],
      7,
      [2, 5],
    ],
    [
      'one without an end last',
      [
        ['a', 5, null],
        ['b', 5, 10],
        ['c', 5, 99],
      ],
      12,
      [2, 5, 5],
    ],
    [
      'of equal ends the older first',
      [
        ['b', 5, 10],
        ['a', 5, 10],
      ],
      6,
      [1, 5],
    ],
    [
      'of two without an end the older first',
      [
        ['b', 5, null],
        ['a', 5, null],
      ],
      6,
      [1, 5],
    ],
    [
      'what was given to a credit stays with it',
      [
        ['a', 5, 20, 4],
        ['b', 5, 10],
      ],
      6,
      [4, 2],
    ],
    [
      'nothing from one that is over',
      [
        ['a', 5, 5, 2, true],
        ['b', 5, 10],
      ],
      4,
      [2, 2],
    ],
    ['more than there is stays open', [['a', 5, 10]], 9, [5]],
    [
      'what was open is for the next credit',
      [
        ['a', 5, 10, 5],
        ['b', 5, 20],
      ],
      9,
      [5, 4],
    ],
  ]
  test.each(CASES)('%s', (_what, credits, spent, used) => {
    expect(usedOf(pay(credits.map(credit), BigInt(spent)))).toEqual(used)
  })
})

describe('what is unspent at its end leaves the limit', () => {
  const CASES: [
    what: string,
    credits: Line[],
    spent: number,
    at: number,
    limit: number,
    next: number | null,
  ][] = [
    ['not before', [['a', 5, 10]], 3, 9, 5, 10],
    ['at its end', [['a', 5, 10]], 3, 10, 3, null],
    [
      'all of it, when none is spent',
      [
        ['a', 5, 10],
        ['b', 7, 20],
      ],
      0,
      15,
      7,
      20,
    ],
    [
      'none of it, when all is spent',
      [
        ['a', 5, 10],
        ['b', 7, 20],
      ],
      6,
      15,
      12,
      20,
    ],
    [
      'two at once',
      [
        ['a', 5, 10],
        ['b', 7, 11],
        ['c', 1, null],
      ],
      6,
      15,
      7,
      null,
    ],
    [
      'once',
      [
        ['a', 5, 10, 2, true],
        ['b', 7, 20],
      ],
      4,
      15,
      9,
      20,
    ],
    ['more than the credits were stays over the limit', [['a', 5, 10]], 9, 10, 5, null],
  ]
  test.each(CASES)('%s', (_what, credits, spent, at, limit, next) => {
    const after = lapse(credits.map(credit), BigInt(spent), day(at))
    expect(limitOf(after)).toBe(BigInt(limit))
    expect(nextLapse(after)).toEqual(next === null ? null : day(next))
  })
})

test('an account may spend what its credits have left, no more and no less, whatever happens in which order', () => {
  const event = fc.oneof(
    fc.record({ grant: fc.nat(50), end: fc.option(fc.integer({ min: 1, max: 40 })) }),
    fc.record({ spend: fc.nat(30) }),
    fc.record({ wait: fc.nat(10) }),
    fc.record({ endOne: fc.nat(9) }),
  )
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      let account: Credit[] = []
      let [spent, today, overdrawn] = [0n, 1, 0n]
      for (const one of events) {
        account = lapse(account, spent, day(today))
        const [limit, before] = [limitOf(account), account]
        if ('grant' in one) {
          const end = one.end === null ? null : today + one.end
          const id = String(account.length).padStart(3, '0')
          account = [...pay(account, spent), credit([id, one.grant + 1, end])]
          expect(limitOf(account)).toBe(limit + BigInt(one.grant) + 1n)
        } else if ('spend' in one) {
          spent += BigInt(one.spend)
          overdrawn = spent > limit ? spent - limit : overdrawn
        } else if ('wait' in one) {
          today += one.wait
          account = lapse(account, spent, day(today))
          expect(limitOf(account)).toBeLessThanOrEqual(limit)
        } else {
          const which = account[one.endOne]
          account = pay(account, spent).map((c) => (c.id === which?.id ? { ...c, over: true } : c))
        }
        const paid = pay(account, spent)
        for (const [at, c] of paid.entries()) {
          expect(c.usedNanoUsd >= (account[at]?.usedNanoUsd ?? 0n) && c.usedNanoUsd <= c.amountNanoUsd).toBe(
            true,
          )
          // What is over is final.
          if (before[at]?.over) expect(c).toEqual(before[at])
        }
        // Looking more often changes nothing.
        expect(pay(paid, spent)).toEqual(paid)
        const left = paid.reduce((sum, c) => sum + (c.over ? 0n : c.amountNanoUsd - c.usedNanoUsd), 0n)
        const free = limitOf(account) - spent
        expect(left).toBe(free > 0n ? free : 0n)
        // What was spent is never taken away, but for what was spent beyond the limit.
        if (overdrawn === 0n) expect(free).toBeGreaterThanOrEqual(0n)
        // A credit is not touched while one that ends sooner has something left of what came after both.
        const touched = paid.filter((c, at) => c.usedNanoUsd > (account[at]?.usedNanoUsd ?? 0n))
        for (const late of touched) {
          for (const soon of paid) {
            const sooner =
              !soon.over &&
              soon.expiresAt !== null &&
              (late.expiresAt === null || soon.expiresAt < late.expiresAt)
            if (sooner) expect(soon.usedNanoUsd).toBe(soon.amountNanoUsd)
          }
        }
      }
    }),
    { numRuns: 500 },
  )
})
