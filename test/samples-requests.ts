import type { OperationSample } from './api-samples.ts'
import { issueToken, operationNamed } from './control-plane.ts'
import type { World } from './world.ts'

/** A key in development that somebody asks for who has no part in what is tested. */
const asked = async (world: World) => {
  const { secret: token } = await issueToken(world.app, { role: 'developer' })
  const { body } = await world.api.send(operationNamed('accessRequestCreate'), wish(world), { token })
  return { accessRequestId: body.id }
}
const wish = (world: World) => ({
  body: { kind: 'key', environmentId: world.ids.environment, name: world.name(), reason: 'a test' },
})
const approved = async (world: World) => {
  const params = await asked(world)
  await world.make('accessRequestApprove', { params, body: {} })
  return params
}
const newKey = (world: World, userId: string) => ({
  body: { environmentId: world.ids.environment, name: world.name(), userId },
})

/** A key that waits for whose token the world has. */
const delivered = async (world: World) => {
  const { user } = await world.make('tokenSelf', {})
  const { delivery } = await world.make('deliveryCreate', newKey(world, user.id))
  return { params: { deliveryId: delivery.id } }
}

const rule = (world: World) => ({
  body: { name: world.name(), kind: 'team', projectId: world.ids.project, maxDays: 7 },
})

/** An input for each operation about access requests, approvals and deliveries. */
export const requestsSamples: Record<string, OperationSample> = {
  accessRequestCreate: { place: 'project', input: wish },
  accessRequestList: { place: 'self', input: () => ({}) },
  accessRequestView: { place: 'project', input: async (world) => ({ params: await asked(world) }) },
  accessRequestApprove: {
    place: 'project',
    input: async (world) => ({ params: await asked(world), body: {} }),
    // The approval, the role, the key and its delivery.
    events: 4,
  },
  accessRequestDeny: {
    place: 'project',
    input: async (world) => ({ params: await asked(world), body: { reason: 'a test' } }),
  },
  accessRequestComment: {
    place: 'project',
    input: async (world) => ({ params: await asked(world), body: { text: 'a test' } }),
  },
  accessRequestWithdraw: {
    place: 'own',
    input: async (world) => {
      const { id: accessRequestId } = await world.make('accessRequestCreate', wish(world))
      return { params: { accessRequestId } }
    },
  },
  accessRequestEnd: {
    place: 'project',
    input: async (world) => ({ params: await approved(world), body: { reason: 'a test' } }),
    // The request, the role and the key.
    events: 3,
  },
  approvalRuleCreate: { place: 'project', input: (world) => rule(world) },
  approvalRuleList: { place: 'project', input: () => ({}) },
  approvalRuleDelete: {
    place: 'project',
    input: async (world) => {
      const { id } = await world.make('approvalRuleCreate', rule(world))
      return { params: { approvalRuleId: id } }
    },
  },
  requestSettingsView: { place: 'everyone', input: () => ({}) },
  requestSettingsUpdate: { place: 'shared', input: () => ({ body: { pendingDays: 21 } }) },
  keyDeliver: {
    place: 'project',
    input: async (world) => {
      const { key } = await world.make('deliveryCreate', newKey(world, world.ids.user))
      return { params: { keyId: key.id }, body: {} }
    },
  },
  deliveryCreate: {
    place: 'project',
    input: (world) => newKey(world, world.ids.user),
    // The key and its delivery.
    events: 2,
  },
  deliveryList: { place: 'self', input: () => ({}) },
  deliveryView: { place: 'person', input: delivered },
  deliveryOpen: {
    place: 'confirmed',
    input: delivered,
    // The delivery and the key.
    events: 2,
  },
}
