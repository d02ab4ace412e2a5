import type { KeySnapshot } from '../db/key-snapshots.ts'
import { decide } from '../domain/policy.ts'
import { catalogueModels } from '../providers/catalogue.ts'
import type { ProviderView } from './provider-directory.ts'

export type ListedModel = { id: string; ownedBy: string; displayName: string }

/** The models that a key may use, by the names it may use: those of its environment's connections, and own entries. */
export function modelsFor(view: ProviderView, key: KeySnapshot, now: Date): ListedModel[] {
  const models = new Map<string, ListedModel>()
  const reachable = new Set(
    key.credentialIds.flatMap((id) => view.credentials.get(id)?.upstream.connection.id ?? []),
  )
  const connections = view.connections.filter(({ id }) => reachable.has(id))
  const offer = (id: string, connection: string, displayName: string) => {
    const question = { operation: 'models', model: id, provider: connection, hostedTools: [] } as const
    if (!models.has(id) && decide(key.policies, question).allowed)
      models.set(id, { id, ownedBy: connection, displayName })
  }
  for (const own of view.ownModels) {
    const connection = connections.find(({ id }) => id === own.providerId)
    if (connection) offer(own.name, connection.name, own.name)
  }
  for (const connection of connections) {
    const prefixed = connection.kind === 'demo' || connection.kind === 'openai_compatible'
    for (const { model, name, deprecated } of catalogueModels(connection, now)) {
      if (!deprecated) offer(prefixed ? `${connection.name}/${model}` : model, connection.name, name)
    }
  }
  return [...models.values()]
}

const EPOCH_SECONDS = 0
const EPOCH = '1970-01-01T00:00:00Z'

export function openAiModel({ id, ownedBy }: ListedModel): object {
  return { id, object: 'model', created: EPOCH_SECONDS, owned_by: ownedBy }
}

export function anthropicModel({ id, displayName }: ListedModel): object {
  return { type: 'model', id, display_name: displayName, created_at: EPOCH }
}

export function openAiModels(models: ListedModel[]): object {
  return { object: 'list', data: models.map(openAiModel) }
}

export function anthropicModels(models: ListedModel[]): object {
  return {
    data: models.map(anthropicModel),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  }
}
