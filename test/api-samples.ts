import type { Sample } from './control-plane.ts'
import type { World } from './world.ts'

export type OperationSample = {
  /**
   * Whose the thing is, and so what another team gets: `not_found` for a team's (and lists without it),
   * `forbidden` for the organization's; what is everyone's it may see too.
   */
  of: 'team' | 'organization' | 'everyone'
  /** A valid input, made anew each time: calling the operation twice must work. */
  input(world: World): Sample | Promise<Sample>
  /** For the few that are no GET and change nothing. */
  changesNothing?: true
}

const scope = ({ ids }: World) => ({ type: 'team', id: ids.team })
const team = async (world: World) => (await world.make('teamCreate', { body: { name: world.name() } })).id
const user = async (world: World) => {
  const body = { email: `${world.name()}@example.com`, name: 'Someone' }
  return (await world.make('userCreate', { body })).id
}
const token = async (world: World) => {
  const body = { name: world.name(), role: 'viewer', teamId: world.ids.team }
  return (await world.make('tokenCreate', { body })).token.id
}
const key = async (world: World) => {
  const body = { environmentId: world.ids.environment, serviceAccountId: world.ids.serviceAccount }
  return (await world.make('keyCreate', { body: { ...body, name: world.name() } })).key.id
}
const suspendedKey = async (world: World) => {
  const keyId = await key(world)
  await world.make('keySuspend', { params: { keyId }, body: { reason: 'a test' } })
  return keyId
}
const budget = async (world: World) => {
  const body = { scope: scope(world), name: world.name(), limitUsd: '5', period: 'day' }
  return (await world.make('budgetCreate', { body })).id
}
const rateLimit = async (world: World) => {
  const body = { scope: scope(world), requestsPerMinute: 60 }
  return (await world.make('rateLimitCreate', { body })).id
}
const provider = async (world: World) =>
  (await world.make('providerCreate', { body: { name: world.name(), kind: 'openai' } })).id
const credential = async (world: World) => {
  const body = { providerId: await provider(world), name: world.name(), secret: `sk-${world.name()}-secret` }
  return (await world.make('credentialCreate', { body })).id
}
/** Its provider is at a private address, which is refused before anything is sent. */
const unreachableCredential = async (world: World) => {
  const body = { name: world.name(), kind: 'openai_compatible', baseUrl: 'http://127.0.0.1:9/v1' }
  const { id: providerId } = await world.make('providerCreate', { body })
  const secret = `sk-${world.name()}-secret`
  return (await world.make('credentialCreate', { body: { providerId, name: world.name(), secret } })).id
}
const model = async (world: World) => {
  const body = { name: world.name(), providerId: await provider(world), upstreamModel: 'gpt-5' }
  return (await world.make('modelCreate', { body })).id
}

/** An input for every operation. `api-matrix.test.ts` names those that have none. */
export const samples: Record<string, OperationSample> = {
  organizationView: { of: 'everyone', input: () => ({}) },
  organizationUpdate: { of: 'organization', input: (world) => ({ body: { name: world.name() } }) },

  teamCreate: { of: 'organization', input: (world) => ({ body: { name: world.name() } }) },
  teamList: { of: 'team', input: () => ({}) },
  teamView: { of: 'team', input: ({ ids }) => ({ params: { teamId: ids.team } }) },
  teamUpdate: {
    of: 'team',
    input: async (world) => ({ params: { teamId: await team(world) }, body: { name: world.name() } }),
  },

  projectCreate: {
    of: 'team',
    input: (world) => ({ body: { teamId: world.ids.team, name: world.name() } }),
  },
  projectList: { of: 'team', input: () => ({}) },
  projectView: { of: 'team', input: ({ ids }) => ({ params: { projectId: ids.project } }) },
  projectUpdate: {
    of: 'team',
    input: (world) => ({ params: { projectId: world.ids.project }, body: { name: world.name() } }),
  },

  environmentCreate: {
    of: 'team',
    input: (world) => ({ body: { projectId: world.ids.project, name: world.name(), kind: 'staging' } }),
  },
  environmentList: { of: 'team', input: () => ({}) },
  environmentView: { of: 'team', input: ({ ids }) => ({ params: { environmentId: ids.environment } }) },
  environmentUpdate: {
    of: 'team',
    input: (world) => ({ params: { environmentId: world.ids.environment }, body: { name: world.name() } }),
  },

  userCreate: {
    of: 'organization',
    input: (world) => ({ body: { email: `${world.name()}@example.com`, name: 'Someone' } }),
  },
  userList: { of: 'organization', input: () => ({}) },
  userView: { of: 'organization', input: ({ ids }) => ({ params: { userId: ids.user } }) },
  userUpdate: {
    of: 'organization',
    input: async (world) => ({ params: { userId: await user(world) }, body: { deactivated: true } }),
  },

  serviceAccountCreate: {
    of: 'team',
    input: (world) => ({ body: { projectId: world.ids.project, name: world.name() } }),
  },
  serviceAccountList: { of: 'team', input: () => ({}) },
  serviceAccountView: {
    of: 'team',
    input: ({ ids }) => ({ params: { serviceAccountId: ids.serviceAccount } }),
  },
  serviceAccountUpdate: {
    of: 'team',
    input: (world) => ({
      params: { serviceAccountId: world.ids.serviceAccount },
      body: { name: world.name() },
    }),
  },

  tokenCreate: {
    of: 'team',
    input: (world) => ({ body: { name: world.name(), role: 'viewer', teamId: world.ids.team } }),
  },
  tokenList: { of: 'team', input: () => ({}) },
  tokenSelf: { of: 'team', input: () => ({}) },
  tokenView: { of: 'team', input: async (world) => ({ params: { tokenId: await token(world) } }) },
  tokenRevoke: { of: 'team', input: async (world) => ({ params: { tokenId: await token(world) } }) },

  keyCreate: {
    of: 'team',
    input: (world) => ({
      body: {
        environmentId: world.ids.environment,
        serviceAccountId: world.ids.serviceAccount,
        name: world.name(),
      },
    }),
  },
  keyList: { of: 'team', input: () => ({}) },
  keyView: { of: 'team', input: async (world) => ({ params: { keyId: await key(world) } }) },
  keyUpdate: {
    of: 'team',
    input: async (world) => ({ params: { keyId: await key(world) }, body: { name: world.name() } }),
  },
  keyRotate: { of: 'team', input: async (world) => ({ params: { keyId: await key(world) }, body: {} }) },
  keySuspend: {
    of: 'team',
    input: async (world) => ({ params: { keyId: await key(world) }, body: { reason: 'a test' } }),
  },
  keyResume: { of: 'team', input: async (world) => ({ params: { keyId: await suspendedKey(world) } }) },
  keyRevoke: { of: 'team', input: async (world) => ({ params: { keyId: await key(world) }, body: {} }) },

  policyList: { of: 'team', input: () => ({}) },
  policyView: {
    of: 'team',
    input: ({ ids }) => ({ params: { scopeType: 'team', scopeId: ids.team } }),
  },
  policySet: {
    of: 'team',
    input: ({ ids }) => ({ params: { scopeType: 'team', scopeId: ids.team }, body: { models: ['demo/*'] } }),
  },

  budgetCreate: {
    of: 'team',
    input: (world) => ({
      body: { scope: scope(world), name: world.name(), limitUsd: '25', period: 'month' },
    }),
  },
  budgetList: { of: 'team', input: () => ({}) },
  budgetView: { of: 'team', input: async (world) => ({ params: { budgetId: await budget(world) } }) },
  budgetUpdate: {
    of: 'team',
    input: async (world) => ({ params: { budgetId: await budget(world) }, body: { limitUsd: '7.50' } }),
  },
  budgetDelete: { of: 'team', input: async (world) => ({ params: { budgetId: await budget(world) } }) },

  rateLimitCreate: {
    of: 'team',
    input: (world) => ({ body: { scope: scope(world), requestsPerMinute: 600 } }),
  },
  rateLimitList: { of: 'team', input: () => ({}) },
  rateLimitView: {
    of: 'team',
    input: async (world) => ({ params: { rateLimitId: await rateLimit(world) } }),
  },
  rateLimitUpdate: {
    of: 'team',
    input: async (world) => ({
      params: { rateLimitId: await rateLimit(world) },
      body: { concurrentCalls: 4 },
    }),
  },
  rateLimitDelete: {
    of: 'team',
    input: async (world) => ({ params: { rateLimitId: await rateLimit(world) } }),
  },

  providerCreate: {
    of: 'organization',
    input: (world) => ({ body: { name: world.name(), kind: 'openai' } }),
  },
  providerList: { of: 'everyone', input: () => ({}) },
  providerView: {
    of: 'everyone',
    input: async (world) => ({ params: { providerId: await provider(world) } }),
  },
  providerUpdate: {
    of: 'organization',
    input: async (world) => ({
      params: { providerId: await provider(world) },
      body: { baseUrl: 'https://models.example.com/v1' },
    }),
  },
  providerDelete: {
    of: 'organization',
    input: async (world) => ({ params: { providerId: await provider(world) } }),
  },

  credentialCreate: {
    of: 'organization',
    input: async (world) => ({
      body: { providerId: await provider(world), name: world.name(), secret: `sk-${world.name()}-secret` },
    }),
  },
  credentialList: { of: 'organization', input: () => ({}) },
  credentialView: {
    of: 'organization',
    input: async (world) => ({ params: { credentialId: await credential(world) } }),
  },
  credentialUpdate: {
    of: 'organization',
    input: async (world) => ({ params: { credentialId: await credential(world) }, body: { weight: 3 } }),
  },
  credentialReplaceSecret: {
    of: 'organization',
    input: async (world) => ({
      params: { credentialId: await credential(world) },
      body: { secret: `sk-${world.name()}-newer` },
    }),
  },
  credentialDelete: {
    of: 'organization',
    input: async (world) => ({ params: { credentialId: await credential(world) } }),
  },

  credentialTest: {
    of: 'organization',
    input: async (world) => ({ params: { credentialId: await unreachableCredential(world) } }),
    changesNothing: true,
  },

  modelList: { of: 'everyone', input: () => ({}) },
  modelCreate: {
    of: 'organization',
    input: async (world) => ({
      body: { name: world.name(), providerId: await provider(world), upstreamModel: 'gpt-5' },
    }),
  },
  modelView: { of: 'everyone', input: async (world) => ({ params: { modelId: await model(world) } }) },
  modelUpdate: {
    of: 'organization',
    input: async (world) => ({ params: { modelId: await model(world) }, body: { maxOutputTokens: 1000 } }),
  },
  modelDelete: {
    of: 'organization',
    input: async (world) => ({ params: { modelId: await model(world) } }),
  },

  environmentCredentialList: {
    of: 'team',
    input: ({ ids }) => ({ params: { environmentId: ids.environment } }),
  },
  environmentCredentialSet: {
    of: 'team',
    input: async (world) => ({
      params: { environmentId: world.ids.environment },
      body: { credentialIds: [await credential(world)] },
    }),
  },

  usageReport: { of: 'team', input: () => ({ query: { by: 'team,environment,day' } }) },
  requestList: { of: 'team', input: () => ({}) },
  requestView: { of: 'team', input: ({ ids }) => ({ params: { requestId: ids.request } }) },
  auditList: { of: 'team', input: () => ({}) },
}
