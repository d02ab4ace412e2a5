import { startNode, stopNode } from '../src/db/nodes.ts'
import { newId } from '../src/ids.ts'
import type { Sample } from './control-plane.ts'
import { auditSamples } from './samples-audit.ts'
import { creditsSamples } from './samples-credits.ts'
import { explainSamples } from './samples-explain.ts'
import { identitySamples } from './samples-identity.ts'
import { requestsSamples } from './samples-requests.ts'
import { responsibilitySamples } from './samples-responsibility.ts'
import { ssoSamples } from './samples-sso.ts'
import { workloadsSamples } from './samples-workloads.ts'
import type { World } from './world.ts'

/**
 * `everyone`: whoever may do it anywhere may. `self`: whoever is signed in. `person`: in a session, not by an API
 * token; `confirmed`: when they confirmed it as well. `rule-on-team`: read by the team, set by the organization.
 * `bindings`: read by the project, set by the organization. `shared` and `shared-confidential`: the organization's, and
 * a production environment goes by it. `own`: the owner's, and there for nobody else.
 */
export type SamplePlace =
  | 'everyone'
  | 'self'
  | 'person'
  | 'confirmed'
  | 'organization'
  | 'confidential'
  | 'team'
  | 'whole-team'
  | 'rule-on-team'
  | 'project'
  | 'production'
  | 'bindings'
  | 'shared'
  | 'shared-confidential'
  | 'own'

export type OperationSample = {
  /** Where the thing lies, and so who may know of it and do it. */
  place: SamplePlace
  /** A valid input, made anew each time: calling the operation twice must work. */
  input(world: World): Sample | Promise<Sample>
  /** For the few that are no GET and change nothing. */
  changesNothing?: true
  /** How many audit events one call leaves, when it is not one for a change and none for a look. */
  events?: number
}

const scope = ({ ids }: World) => ({ type: 'team', id: ids.team })
/** One that has started once and is gone. */
const lostNode = async ({ app }: World) => {
  const id = newId('node')
  await startNode(app.db, id, { gateway: true, trustedSeconds: 1 })
  await stopNode(app.db, id)
  return id
}
const user = async (world: World) => {
  const body = { email: `${world.name()}@example.com`, name: 'Someone' }
  return (await world.make('userCreate', { body })).id
}
const token = async (world: World) => {
  const body = { name: world.name(), role: 'viewer', teamId: world.ids.team }
  return (await world.make('tokenCreate', { body })).token.id
}
const role = async (world: World) => {
  const body = { name: world.name(), basedOn: 'viewer', permissions: ['key:read'], scopeTypes: ['project'] }
  return (await world.make('roleCreate', { body })).id
}
const grant = async (world: World) => {
  const body = { userId: await user(world), role: 'viewer', projectId: world.ids.project }
  return (await world.make('grantCreate', { body })).id
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
const inADay = () => new Date(Date.now() + 86_400_000).toISOString()
const budgetRaise = async (world: World) => {
  const body = { budgetId: await budget(world), addUsd: '2', until: inADay(), reason: 'a launch' }
  return (await world.make('budgetRaiseCreate', { body })).id
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
/** One that production spends. */
const boundCredential = async (world: World) => {
  const credentialId = await credential(world)
  const params = { environmentId: world.ids.production }
  await world.make('environmentCredentialSet', { params, body: { credentialIds: [credentialId] } })
  return credentialId
}
/** One whose credential production spends. */
const boundProvider = async (world: World) => {
  const credentialId = await boundCredential(world)
  return (await world.make('credentialView', { params: { credentialId } })).providerId
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
  organizationView: { place: 'everyone', input: () => ({}) },
  organizationUpdate: { place: 'organization', input: (world) => ({ body: { name: world.name() } }) },

  teamCreate: { place: 'organization', input: (world) => ({ body: { name: world.name() } }) },
  teamList: { place: 'team', input: () => ({}) },
  teamView: { place: 'team', input: ({ ids }) => ({ params: { teamId: ids.team } }) },
  teamUpdate: {
    place: 'team',
    input: (world) => ({ params: { teamId: world.ids.team }, body: { name: world.name() } }),
  },

  projectCreate: {
    place: 'team',
    input: (world) => ({ body: { teamId: world.ids.team, name: world.name() } }),
  },
  projectList: { place: 'project', input: () => ({}) },
  projectView: { place: 'project', input: ({ ids }) => ({ params: { projectId: ids.project } }) },
  projectUpdate: {
    place: 'project',
    input: (world) => ({ params: { projectId: world.ids.project }, body: { name: world.name() } }),
  },

  environmentCreate: {
    place: 'project',
    input: (world) => ({ body: { projectId: world.ids.project, name: world.name(), kind: 'staging' } }),
  },
  environmentList: { place: 'project', input: () => ({}) },
  environmentView: { place: 'project', input: ({ ids }) => ({ params: { environmentId: ids.environment } }) },
  environmentUpdate: {
    place: 'project',
    input: (world) => ({ params: { environmentId: world.ids.environment }, body: { name: world.name() } }),
  },

  userCreate: {
    place: 'confidential',
    input: (world) => ({ body: { email: `${world.name()}@example.com`, name: 'Someone' } }),
  },
  userList: { place: 'confidential', input: () => ({}) },
  userView: { place: 'confidential', input: ({ ids }) => ({ params: { userId: ids.user } }) },
  userUpdate: {
    place: 'confidential',
    input: async (world) => ({ params: { userId: await user(world) }, body: { deactivated: true } }),
  },

  serviceAccountCreate: {
    place: 'project',
    input: (world) => ({ body: { projectId: world.ids.project, name: world.name() } }),
  },
  serviceAccountList: { place: 'project', input: () => ({}) },
  serviceAccountView: {
    place: 'project',
    input: ({ ids }) => ({ params: { serviceAccountId: ids.serviceAccount } }),
  },
  serviceAccountUpdate: {
    place: 'project',
    input: (world) => ({
      params: { serviceAccountId: world.ids.serviceAccount },
      body: { name: world.name() },
    }),
  },

  roleCreate: {
    place: 'organization',
    input: (world) => ({
      body: {
        name: world.name(),
        basedOn: 'viewer',
        permissions: ['key:read', 'usage:read'],
        scopeTypes: ['project'],
      },
    }),
  },
  roleList: { place: 'everyone', input: () => ({}) },
  roleView: { place: 'everyone', input: () => ({ params: { roleId: 'builder' } }) },
  roleUpdate: {
    place: 'organization',
    input: async (world) => ({
      params: { roleId: await role(world) },
      body: { permissions: ['usage:read'] },
    }),
  },
  roleDelete: {
    place: 'organization',
    input: async (world) => ({ params: { roleId: await role(world) } }),
  },

  grantCreate: {
    place: 'project',
    input: async (world) => ({
      body: { userId: await user(world), role: 'viewer', projectId: world.ids.project },
    }),
  },
  grantList: { place: 'project', input: () => ({}) },
  grantRevoke: { place: 'project', input: async (world) => ({ params: { grantId: await grant(world) } }) },

  accessCheck: {
    place: 'self',
    input: async (world) => {
      const { id } = await world.make('organizationView', {})
      return { body: { permissions: ['team:create'], targets: [{ type: 'organization', id }] } }
    },
    changesNothing: true,
  },
  accessExplain: { place: 'self', input: () => ({ query: { permission: 'audit:read' } }) },
  nameList: { place: 'self', input: ({ ids }) => ({ query: { ids: `${ids.team},${ids.project}` } }) },

  tokenCreate: {
    place: 'team',
    input: (world) => ({ body: { name: world.name(), role: 'viewer', teamId: world.ids.team } }),
  },
  tokenList: { place: 'team', input: () => ({}) },
  tokenSelf: { place: 'self', input: () => ({}) },
  tokenView: { place: 'whole-team', input: async (world) => ({ params: { tokenId: await token(world) } }) },
  tokenRevoke: { place: 'whole-team', input: async (world) => ({ params: { tokenId: await token(world) } }) },

  keyCreate: {
    place: 'project',
    input: (world) => ({
      body: {
        environmentId: world.ids.environment,
        serviceAccountId: world.ids.serviceAccount,
        name: world.name(),
      },
    }),
  },
  keyList: { place: 'project', input: () => ({}) },
  keyView: { place: 'project', input: async (world) => ({ params: { keyId: await key(world) } }) },
  keyUpdate: {
    place: 'project',
    input: async (world) => ({ params: { keyId: await key(world) }, body: { name: world.name() } }),
  },
  keyRotate: {
    place: 'project',
    input: async (world) => ({ params: { keyId: await key(world) }, body: {} }),
  },
  keySuspend: {
    place: 'project',
    input: async (world) => ({ params: { keyId: await key(world) }, body: { reason: 'a test' } }),
  },
  keyResume: { place: 'project', input: async (world) => ({ params: { keyId: await suspendedKey(world) } }) },
  keyRevoke: {
    place: 'project',
    input: async (world) => ({ params: { keyId: await key(world) }, body: {} }),
  },

  policyList: { place: 'project', input: () => ({}) },
  policyView: {
    place: 'rule-on-team',
    input: ({ ids }) => ({ params: { scopeType: 'team', scopeId: ids.team } }),
  },
  policySet: {
    place: 'rule-on-team',
    input: ({ ids }) => ({ params: { scopeType: 'team', scopeId: ids.team }, body: { models: ['demo/*'] } }),
  },

  budgetCreate: {
    place: 'rule-on-team',
    input: (world) => ({
      body: { scope: scope(world), name: world.name(), limitUsd: '25', period: 'month' },
    }),
  },
  budgetList: { place: 'project', input: () => ({}) },
  budgetCount: { place: 'everyone', input: () => ({}) },
  budgetView: {
    place: 'rule-on-team',
    input: async (world) => ({ params: { budgetId: await budget(world) } }),
  },
  budgetForecast: {
    place: 'rule-on-team',
    input: async (world) => ({ params: { budgetId: await budget(world) } }),
  },
  budgetUpdate: {
    place: 'rule-on-team',
    input: async (world) => ({ params: { budgetId: await budget(world) }, body: { limitUsd: '7.50' } }),
  },
  budgetDelete: {
    place: 'rule-on-team',
    input: async (world) => ({ params: { budgetId: await budget(world) } }),
  },

  budgetRaiseCreate: {
    place: 'rule-on-team',
    input: async (world) => ({
      body: { budgetId: await budget(world), addUsd: '2', until: inADay(), reason: 'a launch' },
    }),
  },
  budgetRaiseList: { place: 'project', input: () => ({}) },
  budgetRaiseEnd: {
    place: 'rule-on-team',
    input: async (world) => ({ params: { budgetRaiseId: await budgetRaise(world) } }),
  },

  rateLimitCreate: {
    place: 'rule-on-team',
    input: (world) => ({ body: { scope: scope(world), requestsPerMinute: 600 } }),
  },
  rateLimitList: { place: 'project', input: () => ({}) },
  rateLimitView: {
    place: 'rule-on-team',
    input: async (world) => ({ params: { rateLimitId: await rateLimit(world) } }),
  },
  rateLimitUpdate: {
    place: 'rule-on-team',
    input: async (world) => ({
      params: { rateLimitId: await rateLimit(world) },
      body: { concurrentCalls: 4 },
    }),
  },
  rateLimitDelete: {
    place: 'rule-on-team',
    input: async (world) => ({ params: { rateLimitId: await rateLimit(world) } }),
  },

  providerCreate: {
    place: 'organization',
    input: (world) => ({ body: { name: world.name(), kind: 'openai' } }),
  },
  providerList: { place: 'everyone', input: () => ({}) },
  providerView: {
    place: 'everyone',
    input: async (world) => ({ params: { providerId: await provider(world) } }),
  },
  providerUpdate: {
    place: 'shared',
    input: async (world) => ({
      params: { providerId: await boundProvider(world) },
      body: { baseUrl: 'https://models.example.com/v1' },
    }),
    // The secret of its credential is erased as well.
    events: 2,
  },
  providerDelete: {
    place: 'organization',
    input: async (world) => ({ params: { providerId: await provider(world) } }),
  },

  credentialCreate: {
    place: 'confidential',
    input: async (world) => ({
      body: { providerId: await provider(world), name: world.name(), secret: `sk-${world.name()}-secret` },
    }),
  },
  credentialList: { place: 'confidential', input: () => ({}) },
  credentialView: {
    place: 'confidential',
    input: async (world) => ({ params: { credentialId: await credential(world) } }),
  },
  credentialUpdate: {
    place: 'shared-confidential',
    input: async (world) => ({ params: { credentialId: await boundCredential(world) }, body: { weight: 3 } }),
  },
  credentialReplaceSecret: {
    place: 'shared-confidential',
    input: async (world) => ({
      params: { credentialId: await boundCredential(world) },
      body: { secret: `sk-${world.name()}-newer` },
    }),
  },
  credentialDelete: {
    place: 'shared-confidential',
    input: async (world) => ({ params: { credentialId: await boundCredential(world) } }),
  },

  credentialTest: {
    place: 'confidential',
    input: async (world) => ({ params: { credentialId: await unreachableCredential(world) } }),
    changesNothing: true,
  },

  modelList: { place: 'everyone', input: () => ({}) },
  modelCreate: {
    place: 'shared',
    input: async (world) => ({
      body: { name: world.name(), providerId: await provider(world), upstreamModel: 'gpt-5' },
    }),
  },
  modelView: { place: 'everyone', input: async (world) => ({ params: { modelId: await model(world) } }) },
  modelUpdate: {
    place: 'shared',
    input: async (world) => ({ params: { modelId: await model(world) }, body: { maxOutputTokens: 1000 } }),
  },
  modelDelete: {
    place: 'shared',
    input: async (world) => ({ params: { modelId: await model(world) } }),
  },

  environmentCredentialList: {
    place: 'project',
    input: ({ ids }) => ({ params: { environmentId: ids.environment } }),
  },
  environmentCredentialSet: {
    place: 'bindings',
    input: async (world) => ({
      params: { environmentId: world.ids.environment },
      body: { credentialIds: [await credential(world)] },
    }),
  },

  usageReport: { place: 'project', input: () => ({ query: { by: 'team,environment,day' } }) },
  keyTraffic: { place: 'project', input: async (world) => ({ params: { keyId: await key(world) } }) },
  requestExport: { place: 'project', input: () => ({}), events: 1 },
  requestList: { place: 'project', input: () => ({}) },
  requestView: { place: 'project', input: ({ ids }) => ({ params: { requestId: ids.request } }) },
  auditList: { place: 'project', input: () => ({}) },

  doctorLedger: { place: 'confidential', input: () => ({}) },
  doctorReconcile: {
    place: 'shared-confidential',
    input: async (world) => ({
      params: { nodeId: await lostNode(world) },
      body: { reason: 'its disk is gone' },
    }),
  },

  ...identitySamples,
  ...ssoSamples,
  ...workloadsSamples,
  ...requestsSamples,
  ...responsibilitySamples,
  ...auditSamples,
  ...explainSamples,
  ...creditsSamples,
}
