import type { OperationSample } from './api-samples.ts'
import type { World } from './world.ts'

const newRule = (world: World) => ({
  body: {
    serviceAccountId: world.ids.serviceAccount,
    environmentId: world.ids.environment,
    name: world.name(),
    issuer: 'https://cluster.example.com',
    audience: 'https://claviger.example.com',
    claims: { sub: 'system:serviceaccount:shop:checkout' },
  },
})
const rule = async (world: World) => {
  const { id: trustRuleId } = await world.make('trustRuleCreate', newRule(world))
  return { trustRuleId }
}

/** An input for each operation about workloads and their trust rules. */
export const workloadsSamples: Record<string, OperationSample> = {
  trustRuleCreate: {
    place: 'project',
    input: newRule,
    // The rule and its key.
    events: 2,
  },
  trustRuleList: { place: 'project', input: () => ({}) },
  trustRuleView: { place: 'project', input: async (world) => ({ params: await rule(world) }) },
  trustRuleUpdate: {
    place: 'project',
    input: async (world) => ({ params: await rule(world), body: { disabled: true } }),
  },
  trustRuleDelete: {
    place: 'project',
    input: async (world) => ({ params: await rule(world) }),
    // The rule and its key.
    events: 2,
  },
}
