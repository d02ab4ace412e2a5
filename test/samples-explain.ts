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
}
