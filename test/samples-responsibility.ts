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
}
