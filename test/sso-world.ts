import { setPassword } from '../src/actions/passwords.ts'
import { confirmTotp, startTotp } from '../src/actions/totp.ts'
import { createUser } from '../src/actions/users.ts'
import { type Client, call } from '../src/contract/client.ts'
import { connectionCreate, connectionUpdate } from '../src/contract/connections.ts'
import type { Input } from '../src/contract/operation.ts'
import { type Actor, programActor } from '../src/domain/actor.ts'
import { type TestApp, testApp } from './app.ts'
import { type ControlPlane, serveControlPlane } from './control-plane.ts'
import { type Browser, browser, type Page } from './cookie-browser.ts'
import { totpCode } from './totp.ts'

export const PASSWORD = 'seven quiet herons by the weir'

/** An installation where people sign in at providers, with the browsers that they do it in. */
export type SsoWorld = AsyncDisposable & {
  app: TestApp
  api: ControlPlane
  owner: Client
  /** A new browser, for which the installation is at its `config.url`. */
  open(): Browser
  /** Connects a provider, and enables it unless `changes` say otherwise. Returns the id of the connection. */
  connect(
    idp: { issuer: string; clientId: string; clientSecret: string },
    changes?: Partial<Input<typeof connectionCreate>['body']> & { enabled?: boolean },
  ): Promise<string>
  /** The owner's browser, signed in with a password and a code; they may go around an enforced connection. */
  ownersBrowser(): Promise<{ browser: Browser; code(): string; userId: string }>
  /** A new person with a password. Returns their id. */
  person(email: string): Promise<string>
}

let connections = 0

export async function ssoWorld(): Promise<SsoWorld> {
  const cleanup = new AsyncDisposableStack()
  const app = cleanup.use(await testApp({ privateUpstreams: ['127.0.0.0/8'] }))
  const api = cleanup.use(await serveControlPlane(app))
  const owner = api.client(api.owner)
  const open = () => browser({ [new URL(app.config.url).origin]: api.url })
  return {
    app,
    api,
    owner,
    open,
    async connect({ issuer, clientId, clientSecret }, { enabled = true, ...changes } = {}) {
      connections += 1
      const body = { name: `Provider ${connections}`, issuer, clientId, clientSecret, ...changes }
      const { id: connectionId } = await call(owner, connectionCreate, { body })
      if (enabled) await call(owner, connectionUpdate, { params: { connectionId }, body: { enabled } })
      return connectionId
    },
    ownersBrowser: () => signedInOwner(app, open()),
    async person(email) {
      const { id } = await createUser(app.as(), { params: {}, query: {}, body: { email, name: 'Somebody' } })
      await setPassword(app.as(), id, PASSWORD)
      return id
    },
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}

async function signedInOwner(app: TestApp, owner: Browser) {
  const { userId } = await app.db
    .selectFrom('grants')
    .select('userId')
    .where('roleId', '=', 'owner')
    .executeTakeFirstOrThrow()
  const { email } = await app.db
    .selectFrom('users')
    .select('email')
    .where('id', '=', userId)
    .executeTakeFirstOrThrow()
  await setPassword(app.as(), userId ?? '', PASSWORD)
  const self: Actor = {
    ...programActor('setup', 'setup'),
    kind: 'session',
    userId,
    sessionId: 'ses_none',
    self: userId,
  }
  const { secret } = await startTotp(app.as(self))
  // Each code is good once, and those of the step before and after are taken as well.
  let stepsAhead = -2
  const code = () => {
    if (stepsAhead === 1) app.advance(30_000)
    else stepsAhead += 1
    return totpCode(secret, { now: app.clock(), stepsAhead })
  }
  await confirmTotp(app.as(self), { params: {}, query: {}, body: { code: code() } })
  await owner.go('/sign-in', { email, password: PASSWORD })
  await owner.go('/sign-in/factor', { code: code() })
  return { browser: owner, code, userId: userId ?? '' }
}

/** The reason on a page that refuses. */
export function problemOn({ text }: Page): string {
  return /role="alert">([^<]*)</.exec(text)?.[1]?.replaceAll('&#39;', "'").replaceAll('&quot;', '"') ?? ''
}
