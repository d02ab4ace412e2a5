import { type PriceList, ratesOfList } from './price-list.ts'
import { modifiersOf } from './price-modifiers.ts'
import type { ModelPrice } from './pricing.ts'
import type { ProviderKind } from './providers.ts'

/** A provider connection, as far as routing looks at it. */
export type Connection = { id: string; name: string; kind: ProviderKind; baseUrl: string }

/** The organization's own entry: a model the catalogue does not know, an alias, or a negotiated price. */
export type OwnModel = {
  name: string
  providerId: string
  upstreamModel: string
  /** Null takes the catalogue's price of `upstreamModel`. */
  price: ModelPrice | null
  /** Override the catalogue's figures when set. */
  contextWindow: number | null
  maxOutputTokens: number | null
}

/** A place where a model name may lead. `named` says that the caller or an own entry chose it by name. */
export type Candidate = {
  connection: Connection
  upstreamModel: string
  own: OwnModel | null
  named: boolean
}

/**
 * Where `name` may lead. An own entry decides alone; then `connection/model`; else every connection may serve it, if
 * its catalogue knows the name. Azure comes last: what a deployment there is called is up to its owner.
 */
export function candidatesFor(
  name: string,
  connections: readonly Connection[],
  ownModels: readonly OwnModel[],
): Candidate[] {
  const own = ownModels.find((model) => model.name === name)
  if (own) {
    const connection = connections.find(({ id }) => id === own.providerId)
    return connection ? [{ connection, upstreamModel: own.upstreamModel, own, named: true }] : []
  }
  const slash = name.indexOf('/')
  const prefixed = slash > 0 ? connections.find((one) => one.name === name.slice(0, slash)) : undefined
  if (prefixed)
    return [{ connection: prefixed, upstreamModel: name.slice(slash + 1), own: null, named: true }]
  return connections
    .filter(({ kind }) => kind !== 'openai_compatible' && kind !== 'demo')
    .toSorted((one, other) => Number(one.kind === 'azure_openai') - Number(other.kind === 'azure_openai'))
    .map((connection) => ({ connection, upstreamModel: name, own: null, named: false }))
}

/** An own entry as it is stored: its rates as the contract shows them. */
export type StoredOwnModel = Omit<OwnModel, 'price'> & {
  id: string
  version: number
  rates: PriceList | null
}

/** Rates of the organization's own are those of the standard tier: tiers change them as they change list prices. */
export function ownModelOf(model: StoredOwnModel, kind: ProviderKind | undefined): OwnModel {
  const { id, version, name, providerId, upstreamModel, contextWindow, maxOutputTokens } = model
  const rates = model.rates && ratesOfList(model.rates)
  const price = rates && {
    version: `own/${id}@${version}`,
    rates,
    modifiers: kind ? modifiersOf(kind, upstreamModel) : [],
    contextWindow,
    maxOutputTokens,
  }
  return { name, providerId, upstreamModel, price, contextWindow, maxOutputTokens }
}
