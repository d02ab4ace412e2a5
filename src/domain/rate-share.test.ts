import { expect, test } from 'vitest'
import { fits, isLow, isWhole, keptOnAsking, keptOnRecall, type Share, wishOf } from './rate-share.ts'

const share = (values: Partial<Share> = {}): Share => ({
  most: 100,
  amount: 40,
  over: 0,
  left: 0,
  liveNodes: 2,
  ...values,
})

test.each([
  ['the last one fits', share(), 39, 1, true],
  ['one more does not', share(), 40, 1, false],
  ['nothing fits while all shares are above the figure', share({ over: 1 }), 0, 1, false],
  ['everything fits where there is no figure', share({ most: null, amount: 0 }), 7, 1, true],
])('%s', (_, held, counted, amount, expected) => {
  expect(fits(held, counted, amount)).toBe(expected)
})

test.each([
  ['a share of a figure that stays is kept', share(), 10, false, 40],
  ['of a figure that changed, what counts is kept', share(), 10, true, 10],
  ['and so it is while the shares are above the figure', share({ over: 5 }), 10, false, 10],
  ['never more than the share', share({ over: 5 }), 50, false, 40],
])('when a node asks: %s', (_, held, counted, changed, expected) => {
  expect(keptOnAsking(held, counted, changed)).toBe(expected)
})

test.each([
  ['an idle node keeps nothing', share(), 0, 0, 0],
  ['a busy one keeps what counts, and as much as it counted just now', share(), 10, 4, 14],
  ['never more than its share', share(), 38, 4, 40],
  ['above its fair part, it gives an eighth of that up', share({ amount: 90 }), 90, 5, 85],
  ['or one, when that is less', share({ amount: 52 }), 52, 0, 51],
  ['at its fair part, nothing that it uses', share({ amount: 50 }), 50, 0, 50],
])('when another node is short: %s', (_, held, counted, countedLately, expected) => {
  expect(keptOnRecall(held, counted, countedLately)).toBe(expected)
})

test('a share is whole when nobody else can have any of the figure', () => {
  expect(isWhole(share({ amount: 100 }))).toBe(true)
  expect(isWhole(share({ amount: 99 }))).toBe(false)
  expect(isWhole(share({ amount: 100, over: 1 }))).toBe(false)
  expect(isWhole(share({ most: null, amount: 100 }))).toBe(false)
})

test('a node asks for more before it is short, if there is more', () => {
  expect(isLow(share({ left: 10 }), 36, 20)).toBe(true)
  expect(isLow(share({ left: 10 }), 35, 20)).toBe(false)
  expect(isLow(share({ left: 0 }), 40, 20)).toBe(false)
  expect(isLow(share({ left: 10, over: 1 }), 40, 20)).toBe(false)
})

test('a node wishes for some time ahead, and never for nothing', () => {
  expect(wishOf(2, 50)).toBe(128)
  expect(wishOf(1, 500)).toBe(500)
  expect(wishOf(0, 0)).toBe(1)
})
