import { approveAccessRequest } from '../src/actions/access-request-decisions.ts'
import { createAccessRequest } from '../src/actions/access-requests.ts'
import { createSession } from '../src/actions/sessions.ts'
import { type Ctx, visitOf } from '../src/app.ts'
import type { accessRequestApprove, accessRequestCreate } from '../src/contract/access-requests.ts'
import type { Input, Output, Valid } from '../src/contract/operation.ts'
import { type Held, issueToken } from './control-plane.ts'
import { type GatewayWorld, gatewayWorld } from './gateway-world.ts'
import { actorOf } from './step-up.ts'

/** Somebody who is signed in, with an API token beside. `ctx` is what they do, each time confirmed. */
export type Person = { userId: string; session: string; token: string; ctx(): Promise<Ctx> }

type Request = Output<typeof accessRequestCreate>
type Asked = Input<typeof accessRequestCreate>['body']

/** A gateway with people who ask and people who decide: `ada` develops, `max` and `eve` own, `tom` runs the team. */
export type RequestsWorld = GatewayWorld & {
  ada: Person
  max: Person
  eve: Person
  tom: Person
  production: string
  project: string
  person(held: Held): Promise<Person>
  ask(who: Person, body: Asked): Promise<Request>
  approve(who: Person, id: string, less?: Valid<typeof accessRequestApprove>['body']): Promise<Request>
}

export async function requestsWorld(): Promise<RequestsWorld> {
  const world = await gatewayWorld()
  const { app, make, ids } = world
  const environment = await make('environmentList', {}).then(({ data }) => data[0])
  const live = { projectId: environment.projectId, name: 'live', kind: 'production' }
  const production = await make('environmentCreate', { body: live })
  await make('environmentCredentialSet', {
    params: { environmentId: production.id },
    body: { credentialIds: [ids.credential] },
  })
  const person = async (held: Held): Promise<Person> => {
    const { userId, secret: token } = await issueToken(app, held)
    const about = { userId, kind: 'cli', methods: ['pwd', 'otp'], mfa: true } as const
    const { secret: session } = await createSession(visitOf(app), about)
    const ctx = async () => app.as({ ...(await actorOf(app, session)), stepUp: 'none' })
    return { userId, session, token, ctx }
  }
  return {
    ...world,
    ada: await person({ role: 'developer' }),
    max: await person({ role: 'admin' }),
    eve: await person({ role: 'admin' }),
    tom: await person({ role: 'admin', teamId: ids.team, production: false }),
    production: production.id,
    project: environment.projectId,
    person,
    async ask(who, body) {
      return createAccessRequest(await who.ctx(), { params: {}, query: {}, body })
    },
    async approve(who, accessRequestId, body = {}) {
      return approveAccessRequest(await who.ctx(), { params: { accessRequestId }, query: {}, body })
    },
  }
}

/** A moment from now, as it is written in a request. */
export function inMs(ms: number): string {
  return new Date(Date.now() + ms).toISOString()
}

export const A_DAY_MS = 86_400_000
