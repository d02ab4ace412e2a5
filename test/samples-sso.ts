import { audit } from '../src/actions/audit.ts'
import { insertIdentity } from '../src/db/identities.ts'
import { transaction } from '../src/db/transaction.ts'
import { newId } from '../src/ids.ts'
import type { OperationSample } from './api-samples.ts'
import type { World } from './world.ts'

const newConnection = (world: World) => ({
  body: {
    name: world.name(),
    issuer: 'https://idp.example.com',
    clientId: 'claviger',
    clientSecret: world.name(),
  },
})
const connection = async (world: World): Promise<string> =>
  (await world.make('connectionCreate', newConnection(world))).id
const newMapping = async (world: World) => ({
  body: {
    connectionId: await connection(world),
    value: 'search',
    role: 'viewer',
    projectId: world.ids.project,
  },
})

/** Somebody new, without a role, is somebody at a new connection. */
async function identity(world: World): Promise<string> {
  const connectionId = await connection(world)
  const body = { email: `${world.name()}@example.com`, name: world.name() }
  const { id: userId } = await world.make('userCreate', { body })
  const id = newId('idn')
  await transaction(world.app.as(), async (ctx) => {
    await insertIdentity(ctx.db, { id, connectionId, issuer: 'https://idp.example.com', subject: id, userId })
    await audit(ctx, { action: 'identity.create', targetId: id })
  })
  return id
}

/** An input for each operation about signing in at identity providers. */
export const ssoSamples: Record<string, OperationSample> = {
  connectionCreate: { place: 'confidential', input: newConnection },
  connectionList: { place: 'confidential', input: () => ({}) },
  connectionView: {
    place: 'confidential',
    input: async (world) => ({ params: { connectionId: await connection(world) } }),
  },
  connectionUpdate: {
    place: 'confidential',
    input: async (world) => ({ params: { connectionId: await connection(world) }, body: { enabled: true } }),
  },
  connectionDelete: {
    place: 'confidential',
    input: async (world) => ({ params: { connectionId: await connection(world) } }),
  },
  mappingCreate: { place: 'confidential', input: newMapping },
  mappingList: { place: 'confidential', input: () => ({}) },
  mappingDelete: {
    place: 'confidential',
    input: async (world) => {
      const { id: mappingId } = await world.make('mappingCreate', await newMapping(world))
      return { params: { mappingId } }
    },
  },
  identityList: { place: 'confidential', input: ({ ids }) => ({ query: { userId: ids.user } }) },
  identityStart: {
    place: 'confirmed',
    input: async (world) => {
      const connectionId = await connection(world)
      await world.make('connectionUpdate', { params: { connectionId }, body: { enabled: true } })
      return { body: { connectionId } }
    },
  },
  identityDelete: {
    place: 'confidential',
    input: async (world) => ({ params: { identityId: await identity(world) } }),
  },
}
