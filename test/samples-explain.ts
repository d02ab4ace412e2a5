import type { OperationSample } from './api-samples.ts'
import type { World } from './world.ts'

const key = async (world: World) => {
  const body = { environmentId: world.ids.environment, serviceAccountId: world.ids.serviceAccount }
  return (await world.make('keyCreate', { body: { ...body, name: world.name() } })).key.id
}

/** An input for each operation that says why, or what would be. None changes anything. */
export const explainSamples: Record<string, OperationSample> = {
  keyExplain: {
    place: 'project',
    input: async (world) => ({ params: { keyId: await key(world) }, body: { model: 'demo/echo' } }),
    changesNothing: true,
  },
  policyDryRun: {
    place: 'whole-team',
    input: ({ ids }) => ({
      params: { scopeType: 'team', scopeId: ids.team },
      body: { models: ['claude-*'] },
    }),
    changesNothing: true,
  },
  budgetDryRun: {
    place: 'whole-team',
    input: ({ ids }) => ({
      body: { scope: { type: 'team', id: ids.team }, limitUsd: '5', period: 'day' },
    }),
    changesNothing: true,
  },
}
