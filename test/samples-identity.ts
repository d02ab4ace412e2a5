import { createPasskey, forgetPasskeys, startPasskey } from '../src/actions/passkeys.ts'
import { setPassword } from '../src/actions/passwords.ts'
import { createSession } from '../src/actions/sessions.ts'
import { requestStepUp } from '../src/actions/step-up.ts'
import { confirmTotp, forgetTotp, startTotp } from '../src/actions/totp.ts'
import { createView } from '../src/actions/views.ts'
import { visitOf } from '../src/app.ts'
import { transaction } from '../src/db/transaction.ts'
import type { Actor } from '../src/domain/actor.ts'
import { newId } from '../src/ids.ts'
import type { OperationSample } from './api-samples.ts'
import { softPasskey } from './authenticator.ts'
import { PASSWORD } from './people.ts'
import { actorOf } from './step-up.ts'
import { totpCode } from './totp.ts'
import type { World } from './world.ts'

/** The owner in their session, who has confirmed whatever comes. */
async function person({ app, tokens }: World): Promise<Actor & { userId: string }> {
  const actor = await actorOf(app, tokens.person)
  return { ...actor, userId: actor.userId ?? '', stepUp: 'none' }
}

/** The owner without a second factor, and with an app that waits for its first code: what that would be. */
async function offeredApp(world: World): Promise<string> {
  const ctx = world.app.as(await person(world))
  await withoutFactors(world)
  const { secret } = await startTotp(ctx)
  return totpCode(secret)
}

async function withoutFactors(world: World): Promise<void> {
  const ctx = world.app.as(await person(world))
  const userId = ctx.actor.userId ?? ''
  await transaction(ctx, async (ctx) => {
    await forgetTotp(ctx, userId)
    await forgetPasskeys(ctx, userId)
  })
}

async function withApp(world: World): Promise<void> {
  const code = await offeredApp(world)
  await confirmTotp(world.app.as(await person(world)), { params: {}, query: {}, body: { code } })
}

/** A name for each: a person has one of a name. */
const view = () => ({ page: '/usage', name: `By team ${newId('view')}`, query: 'by=team' })

/** The owner without any second factor, whose browser has just made a passkey. */
async function madePasskey(world: World) {
  const ctx = world.app.as(await person(world))
  await withoutFactors(world)
  const { options } = await startPasskey(ctx)
  const { origin } = new URL(world.app.config.url)
  return { name: world.name(), response: softPasskey(origin).create(options) }
}

/** The owner, who confirms with this password, since they have nothing else. */
async function withPassword(world: World): Promise<void> {
  await withoutFactors(world)
  const { userId } = await person(world)
  await setPassword(world.app.as(await person(world)), userId, PASSWORD)
}

/** Somebody new, who has one session and no role. */
async function newSession({ app, make, name }: World): Promise<{ userId: string; sessionId: string }> {
  const { id: userId } = await make('userCreate', { body: { email: `${name()}@example.com`, name: name() } })
  const session = { userId, kind: 'browser', methods: ['pwd'], mfa: false } as const
  return { userId, sessionId: (await createSession(visitOf(app), session)).sessionId }
}

async function stepUp(world: World): Promise<string> {
  const ctx = world.app.as(await person(world))
  return requestStepUp(ctx, { operation: 'tokenCreate', requestHash: 'x'.repeat(43) })
}

function inviting(world: World) {
  return { email: `${world.name()}@example.com`, role: 'viewer', projectId: world.ids.project }
}

async function invitation(world: World): Promise<string> {
  return (await world.make('invitationCreate', { body: inviting(world) })).invitation.id
}

/** An input for each operation about people: sessions, factors, invitations. */
export const identitySamples: Record<string, OperationSample> = {
  userReset: {
    place: 'confidential',
    input: async (world) => {
      const body = { email: `${world.name()}@example.com`, name: 'Someone' }
      const { id: userId } = await world.make('userCreate', { body })
      return { params: { userId }, body: { password: true } }
    },
  },
  profileView: { place: 'self', input: () => ({}) },
  profileUpdate: { place: 'person', input: () => ({ body: { name: 'Ada' } }) },
  passwordChange: {
    place: 'person',
    input: async (world) => {
      await withPassword(world)
      return { body: { current: PASSWORD, password: PASSWORD } }
    },
  },
  emailChange: {
    place: 'confirmed',
    input: (world) => ({ body: { email: `${world.name()}@example.com` } }),
  },
  totpStart: {
    place: 'confirmed',
    input: async (world) => {
      await withoutFactors(world)
      return {}
    },
  },
  totpConfirm: {
    place: 'person',
    input: async (world) => ({ body: { code: await offeredApp(world) } }),
    events: 2,
  },
  totpDelete: {
    place: 'confirmed',
    input: async (world) => {
      await withApp(world)
      return {}
    },
  },
  recoveryCodeCreate: {
    place: 'confirmed',
    input: async (world) => {
      await withApp(world)
      return {}
    },
  },

  viewList: { place: 'person', input: () => ({}) },
  viewCreate: {
    place: 'person',
    input: () => ({ body: view() }),
  },
  viewDelete: {
    place: 'person',
    input: async (world) => {
      const ctx = world.app.as(await person(world))
      return { params: { viewId: (await createView(ctx, { params: {}, query: {}, body: view() })).id } }
    },
  },
  passkeyStart: { place: 'confirmed', input: () => ({}) },
  passkeyCreate: { place: 'person', input: async (world) => ({ body: await madePasskey(world) }), events: 2 },
  passkeyList: { place: 'person', input: () => ({}) },
  passkeyDelete: {
    place: 'confirmed',
    input: async (world) => {
      const ctx = world.app.as(await person(world))
      const input = { params: {}, query: {}, body: await madePasskey(world) }
      return { params: { passkeyId: (await createPasskey(ctx, input)).passkey.id } }
    },
  },

  sessionList: { place: 'confidential', input: ({ ids }) => ({ query: { userId: ids.user } }) },
  sessionRevoke: {
    place: 'confidential',
    input: async (world) => ({ params: { sessionId: (await newSession(world)).sessionId } }),
  },
  sessionClear: {
    place: 'confidential',
    input: async (world) => ({ body: { userId: (await newSession(world)).userId } }),
  },

  stepUpCreate: {
    place: 'person',
    input: () => ({ body: { operation: 'tokenCreate', requestHash: 'x'.repeat(43) } }),
    changesNothing: true,
  },
  stepUpView: { place: 'person', input: async (world) => ({ params: { stepUpId: await stepUp(world) } }) },
  stepUpConfirm: {
    place: 'person',
    input: async (world) => {
      await withPassword(world)
      return { params: { stepUpId: await stepUp(world) }, body: { password: PASSWORD } }
    },
  },

  invitationCreate: {
    place: 'project',
    input: (world) => ({ body: inviting(world) }),
  },
  invitationList: { place: 'project', input: () => ({}) },
  invitationView: {
    place: 'project',
    input: async (world) => ({ params: { invitationId: await invitation(world) } }),
  },
  invitationRenew: {
    place: 'project',
    input: async (world) => ({ params: { invitationId: await invitation(world) } }),
  },
  invitationRevoke: {
    place: 'project',
    input: async (world) => ({ params: { invitationId: await invitation(world) } }),
  },

  securityView: { place: 'confidential', input: () => ({}) },
  securityUpdate: { place: 'shared-confidential', input: () => ({ body: { sessionHours: 168 } }) },
}
