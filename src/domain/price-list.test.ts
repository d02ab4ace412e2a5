import { expect, test } from 'vitest'
import { listOfRates, type PriceList, ratesOfList } from './price-list.ts'

const EXACT: [unit: keyof PriceList, usd: string, nanoPerMillion: bigint][] = [
  ['input', '2.5', 2_500_000_000n],
  ['input', '0.0375', 37_500_000n],
  ['input', '0', 0n],
  ['output', '600', 600_000_000_000n],
  ['webSearch', '10', 10_000_000_000_000n],
  ['fileSearch', '2.5', 2_500_000_000_000n],
  ['request', '5', 5_000_000_000_000n],
  ['image', '0.04', 40_000_000_000_000n],
  // Finer than a nano-USD per million: up.
  ['cacheWrite5m', '0.08333333333333334', 83_333_334n],
]

test.each(EXACT)('%s at %s USD is exact', (unit, usd, nanoPerMillion) => {
  expect(ratesOfList({ [unit]: usd })?.[unit]).toEqual([{ above: 0, nanoPerMillion }])
})

test.each(['', '-1', '1e3', '1,5', '.5', '1.', 'NaN', '12345678901'])('%j is no price', (usd) => {
  expect(ratesOfList({ input: usd })).toBeNull()
})

test('a price list without any price is none', () => {
  expect(ratesOfList({})).toBeNull()
})

test('tiers begin at 0 and are read in any order', () => {
  const tiers = [
    { above: 200_000, usd: '5' },
    { above: 0, usd: '2.5' },
  ]
  expect(ratesOfList({ input: tiers })?.input?.map(({ above }) => above)).toEqual([0, 200_000])
  expect(ratesOfList({ input: [{ above: 200_000, usd: '5' }] })).toBeNull()
})

test('rates are shown as they were written', () => {
  const list: PriceList = {
    input: [
      { above: 0, usd: '2.5' },
      { above: 272_000, usd: '5' },
    ],
    output: '15',
    cachedInput: '0.25',
    webSearch: '10',
    image: '0.04',
    request: '0.5',
  }
  const rates = ratesOfList(list)
  expect(rates && listOfRates(rates)).toEqual(list)
})
