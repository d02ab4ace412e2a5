import type { BrowserContext } from 'playwright-core'
import { createSession } from '../../src/actions/sessions.ts'
import { visitOf } from '../../src/app.ts'
import { SESSION_COOKIE } from '../../src/cookies.ts'
import { type TestApp, testApp } from '../app.ts'
import { type Affairs, beginAffairs } from './acme-affairs.ts'
import { issueKeys, type Keys } from './acme-keys.ts'
import { connectProviders, type Providers } from './acme-models.ts'
import { type Budgets, setBudgets, spendBudgets, tellAlerts } from './acme-money.ts'
import { openPlaces, type People, type Places } from './acme-places.ts'
import { type Say, type Stage, setStage } from './acme-stage.ts'
import { recordUsage } from './acme-usage.ts'
import { freePort } from './free-port.ts'

/** Acme, served on loopback: a small organization in which all that the dashboard shows is there. */
export type DashboardWorld = AsyncDisposable & {
  app: TestApp
  /** Where people reach it: what browsers have to open, since cookies and forms are held to it. */
  url: string
  stage: Stage
  people: People
  places: Places
  providers: Providers
  keys: Keys
  budgets: Budgets
  affairs: Affairs
  /** Signs somebody in in a browser, as if they had done so at the form, with a second factor. */
  signIn(context: BrowserContext, who: keyof People): Promise<void>
}

/** `say`: what people wrote as names and reasons, in the place of what is plain. */
export async function dashboardWorld(say: Say = (plain) => plain): Promise<DashboardWorld> {
  await using opened = new AsyncDisposableStack()
  const at = await freePort()
  const url = `http://localhost:${at}`
  // Without jobs nothing is sent, and nothing changes while a page is looked at.
  const roles = new Set(['api', 'gateway'] as const)
  // Where tests put an identity provider.
  const privateUpstreams = ['127.0.0.0/8']
  const app = opened.use(await testApp({ url, port: at, roles, drainSeconds: 0, privateUpstreams }))
  await app.serve()
  const stage = await setStage(app, url, say)
  const { people, places } = await openPlaces(stage)
  const providers = await connectProviders(stage, places)
  const keys = await issueKeys(stage, people, places)
  const budgets = await setBudgets(stage, { people, places })
  await recordUsage(stage, { keys, providers, budgets })
  await spendBudgets(stage, budgets)
  await tellAlerts(stage)
  const affairs = await beginAffairs(stage, { people, places, keys, budgets })
  const kept = opened.move()
  return {
    app,
    url,
    stage,
    people,
    places,
    providers,
    keys,
    budgets,
    affairs,
    async signIn(context, who) {
      const { userId } = people[who]
      const visit = visitOf(app, { ip: '198.51.100.23', userAgent: 'Mozilla/5.0 (X11; Linux x86_64)' })
      const about = { userId, kind: 'browser', methods: ['pwd', 'otp'], mfa: true } as const
      const { secret } = await createSession(visit, about)
      // Chromium takes loopback for safe, and so keeps a cookie there that is for TLS alone.
      const cookie = { name: SESSION_COOKIE, value: secret, url: `https://localhost:${at}` }
      await context.addCookies([{ ...cookie, httpOnly: true, secure: true, sameSite: 'Lax' }])
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
