import type { OperationSample } from './api-samples.ts'
import type { World } from './world.ts'

const grant = (world: World) => ({
  scope: { type: 'team', id: world.ids.team },
  amountUsd: '5',
  expiresAt: new Date(Date.now() + 30 * 86_400_000).toISOString(),
  reason: 'a trial',
})
const perMember = async (world: World) => {
  const scope = { type: 'team', id: world.ids.team }
  const body = { scope, name: world.name(), limitUsd: '5', period: 'day', perMember: true }
  return (await world.make('budgetCreate', { body })).id
}
const credit = async (world: World) => (await world.make('creditGrant', { body: grant(world) })).id

/** An input for each operation about credits and the budgets of members. */
export const creditsSamples: Record<string, OperationSample> = {
  creditGrant: { place: 'rule-on-team', input: (world) => ({ body: grant(world) }) },
  creditList: { place: 'project', input: () => ({}) },
  creditEnd: {
    place: 'rule-on-team',
    input: async (world) => ({ params: { creditId: await credit(world) }, body: { reason: 'a mistake' } }),
  },

  budgetMemberList: {
    place: 'rule-on-team',
    input: async (world) => ({ params: { budgetId: await perMember(world) } }),
  },
  budgetMemberSet: {
    place: 'rule-on-team',
    input: async (world) => ({
      params: { budgetId: await perMember(world), userId: world.ids.user },
      body: { limitUsd: '7.50' },
    }),
  },
}
