import { raiseFinding } from '../src/actions/findings.ts'
import { projectPlace } from '../src/domain/place.ts'
import type { OperationSample } from './api-samples.ts'
import type { World } from './world.ts'

const document = async (world: World) =>
  (await world.make('documentCreate', { body: { title: world.name() } })).id
const published = async (world: World) => {
  const documentId = await document(world)
  await world.make('documentPublish', { params: { documentId }, body: { body: 'Be careful.' } })
  return documentId
}
const exemption = async (world: World) => {
  const body = { documentId: await document(world), userId: world.ids.user, reason: 'wrote it' }
  return (await world.make('exemptionCreate', { body })).id
}

const user = async (world: World) => {
  const body = { email: `${world.name()}@example.com`, name: 'Someone' }
  return (await world.make('userCreate', { body })).id
}
const key = async (world: World) => {
  const body = { environmentId: world.ids.environment, serviceAccountId: world.ids.serviceAccount }
  return (await world.make('keyCreate', { body: { ...body, name: world.name() } })).key.id
}
const finding = async ({ app, ids, name }: World) => {
  const targetId = name()
  const place = projectPlace({ id: ids.project, teamId: ids.team })
  await raiseFinding(app.as(), { kind: 'sample', severity: 'low', targetId, place, detail: {} })
  const { id } = await app.db
    .selectFrom('findings')
    .select('id')
    .where('targetId', '=', targetId)
    .executeTakeFirstOrThrow()
  return id
}

/** An input for each operation about documents, ownership and findings. */
export const responsibilitySamples: Record<string, OperationSample> = {
  documentCreate: { place: 'organization', input: (world) => ({ body: { title: world.name() } }) },
  documentList: { place: 'everyone', input: () => ({}) },
  documentDue: { place: 'self', input: () => ({}) },
  documentView: {
    place: 'everyone',
    input: async (world) => ({ params: { documentId: await published(world) } }),
  },
  documentUpdate: {
    place: 'organization',
    input: async (world) => ({ params: { documentId: await document(world) }, body: { graceDays: 7 } }),
  },
  documentPublish: {
    place: 'organization',
    input: async (world) => ({
      params: { documentId: await document(world) },
      body: { body: 'Be careful.', quiz: [{ question: 'How?', options: ['well', 'not'], correct: [0] }] },
    }),
  },
  documentAcknowledge: {
    place: 'person',
    input: async (world) => ({
      params: { documentId: await published(world) },
      body: { versionNumber: 1 },
    }),
  },

  acknowledgementList: { place: 'confidential', input: () => ({}) },
  acknowledgementCount: { place: 'confidential', input: () => ({}) },
  acknowledgementExport: { place: 'confidential', input: () => ({}), events: 1 },

  exemptionCreate: {
    place: 'confidential',
    input: async (world) => ({
      body: { documentId: await document(world), userId: world.ids.user, reason: 'wrote it' },
    }),
  },
  exemptionList: { place: 'confidential', input: () => ({}) },
  exemptionRevoke: {
    place: 'confidential',
    input: async (world) => ({ params: { exemptionId: await exemption(world) } }),
  },

  ownershipView: { place: 'everyone', input: () => ({}) },
  ownershipUpdate: { place: 'shared', input: () => ({ body: { attestationGraceDays: 21 } }) },

  attestationList: { place: 'project', input: () => ({}) },
  keyAttest: {
    place: 'project',
    input: async (world) => ({ params: { keyId: await key(world) }, body: { needed: true } }),
  },

  userReach: { place: 'confidential', input: ({ ids }) => ({ params: { userId: ids.user } }) },
  userOffboard: {
    place: 'confidential',
    input: async (world) => ({ params: { userId: await user(world) }, body: { reason: 'left' } }),
  },

  findingList: { place: 'project', input: () => ({}) },
  findingResolve: {
    place: 'project',
    input: async (world) => ({
      params: { findingId: await finding(world) },
      body: { resolution: 'seen to' },
    }),
  },
}
