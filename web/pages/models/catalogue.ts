import type { z } from 'zod'
import type { Model as ModelSchema } from '../../../src/contract/models.ts'
import type { Output } from '../../../src/contract/operation.ts'
import type { policyList } from '../../../src/contract/policies.ts'
import type { usageReport } from '../../../src/contract/usage.ts'
import { formatUsd, parseUsd } from '../../../src/domain/money.ts'
import { policyRefusal } from '../../../src/domain/policy.ts'
import type { PriceUnit } from '../../../src/domain/pricing.ts'
import type { Scope } from '../../../src/domain/scope.ts'

export type Model = z.output<typeof ModelSchema>
type Price = NonNullable<Model['price']>
type Policy = Output<typeof policyList>['data'][number]

/** By which names callers reach it: a model of the catalogue also without its provider's. */
export function namesOf({ name, source, upstreamModel }: Model): string[] {
  return source === 'catalogue' ? [...new Set([name, upstreamModel])] : [name]
}

/** What an own entry is: another name for something, or a price of one's own. */
export function ownKind({ source, rates, name, upstreamModel, providerName }: Model): string | null {
  if (source === 'catalogue') return null
  const same = name === upstreamModel || name === `${providerName}/${upstreamModel}`
  if (same) return rates === null ? 'own entry' : 'own price'
  return rates === null ? 'alias' : 'alias, own price'
}

/** The price of a unit, of the smallest input where it has tiers; null where it has none of its own. */
export function rateOf(price: Price | null, unit: PriceUnit): { usd: string; tiers: number } | null {
  const rate = price?.[unit]
  if (rate === undefined) return null
  if (typeof rate === 'string') return { usd: rate, tiers: 1 }
  const [first] = [...rate].sort((one, other) => one.above - other.above)
  return first ? { usd: first.usd, tiers: rate.length } : null
}

/** The places whose policy lets no call to a model pass, by the function that the gateway asks. */
export function refusedIn(model: Model, policies: Policy[]): Scope[] {
  return policies
    .filter((policy) =>
      namesOf(model).every((name) => {
        const question = { operation: 'chat.completions' as const, model: name, hostedTools: [] }
        return policyRefusal({ ...policy, operations: null }, { ...question, provider: model.providerName })
      }),
    )
    .map(({ scope }) => scope)
}

export type Use = { calls: number; costUsd: string }

/**
 * What each model was used, by its name in the catalogue: a report by model and provider. Calls that were refused reached
 * no provider and are nobody's use; the usage page counts them, under the name that was asked for.
 */
export function usesOf(models: Model[], { data }: Output<typeof usageReport>): Map<string, Use> {
  const uses = new Map<string, Use>()
  const byName = new Map(
    models.flatMap((model) =>
      namesOf(model).map((name) => [`${model.providerId} ${name}`, model.name] as const),
    ),
  )
  for (const { group, calls, costUsd } of data) {
    const name = byName.get(`${group.provider} ${group.model}`)
    if (name === undefined) continue
    const before = uses.get(name) ?? { calls: 0, costUsd: '0.00' }
    const cost = (parseUsd(before.costUsd) ?? 0n) + (parseUsd(costUsd) ?? 0n)
    uses.set(name, { calls: before.calls + calls, costUsd: formatUsd(cost) })
  }
  return uses
}

export const ORDERS = ['name', 'used', 'cheap', 'dear'] as const
export type Order = (typeof ORDERS)[number]

/** Models in one of the orders. What has no price comes last by price. */
export function ordered(models: Model[], order: Order, uses: Map<string, Use>): Model[] {
  const cost = ({ name }: Model) => Number(uses.get(name)?.costUsd ?? 0)
  const input = (model: Model, none: number) => Number(rateOf(model.price, 'input')?.usd ?? none)
  const by: Record<Order, (one: Model, other: Model) => number> = {
    name: () => 0,
    used: (one, other) => cost(other) - cost(one),
    cheap: (one, other) => input(one, Number.MAX_VALUE) - input(other, Number.MAX_VALUE),
    dear: (one, other) => input(other, -1) - input(one, -1),
  }
  return [...models].sort((one, other) => by[order](one, other) || one.name.localeCompare(other.name))
}
