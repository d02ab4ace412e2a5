import { divideUp } from './money.ts'
import { PRICE_UNITS, type PriceUnit, type Rate, type Rates } from './pricing.ts'

/** Rates as people write them: USD as decimal text, per million tokens, per thousand searches, containers, tools or requests, per image. */
export type PriceList = Partial<Record<PriceUnit, string | { above: number; usd: string }[]>>

/** Exact rates of a price list. Null when it has none, or an amount is not a plain decimal. */
export function ratesOfList(list: PriceList): Rates | null {
  const rates: Rates = {}
  for (const unit of PRICE_UNITS) {
    const listed = list[unit]
    if (listed === undefined) continue
    const tiers = typeof listed === 'string' ? [{ above: 0, usd: listed }] : listed
    const rate = tiers
      .map(({ above, usd }) => ({ above, nanoPerMillion: nanoPerMillion(unit, usd) ?? -1n }))
      .sort((one, other) => one.above - other.above)
    if (rate[0]?.above !== 0 || rate.some((tier) => tier.nanoPerMillion < 0n)) return null
    rates[unit] = rate
  }
  return Object.keys(rates).length > 0 ? rates : null
}

/** The price list that these rates came from. */
export function listOfRates(rates: Rates): PriceList {
  const list: PriceList = {}
  for (const unit of PRICE_UNITS) {
    const rate = rates[unit]
    if (rate) list[unit] = listed(unit, rate)
  }
  return list
}

function listed(unit: PriceUnit, rate: Rate): string | { above: number; usd: string }[] {
  const tiers = rate.map(({ above, nanoPerMillion }) => ({
    above,
    usd: usdOf(nanoPerMillion / unitsPerPrice(unit)),
  }))
  const [first] = tiers
  return tiers.length === 1 && first ? first.usd : tiers
}

const PER_THOUSAND = new Set<PriceUnit>(['webSearch', 'fileSearch', 'container', 'otherTool', 'request'])

/** How often the listed quantity fits into a million. */
function unitsPerPrice(unit: PriceUnit): bigint {
  if (unit === 'image') return 1_000_000n
  return PER_THOUSAND.has(unit) ? 1_000n : 1n
}

/** Rounds up what is finer than a nano-USD per listed quantity. */
function nanoPerMillion(unit: PriceUnit, usd: string): bigint | null {
  const match = /^(\d{1,9})(?:\.(\d{1,20}))?$/.exec(usd)
  if (!match) return null
  const fraction = match[2] ?? ''
  const nano = divideUp(BigInt(`${match[1]}${fraction}`) * 1_000_000_000n, 10n ** BigInt(fraction.length))
  return nano * unitsPerPrice(unit)
}

function usdOf(nano: bigint): string {
  const digits = nano.toString().padStart(10, '0')
  const fraction = digits.slice(-9).replace(/0+$/, '')
  return fraction === '' ? digits.slice(0, -9) : `${digits.slice(0, -9)}.${fraction}`
}
