import { expireKeys } from '../../src/jobs/expire-keys.ts'
import type { People, Places, Project } from './acme-places.ts'
import { type Person, rewriteHistory, type Stage } from './acme-stage.ts'

const DAY_MS = 86_400_000
const WEEK_SECONDS = 604_800

/** Keys by their state, and those whose calls fill the access log. */
export type Keys = Record<
  | 'active'
  | 'ranking'
  | 'helpdesk'
  | 'developers'
  | 'grace'
  | 'expiring'
  | 'neverUsed'
  | 'suspended'
  | 'pending'
  | 'expired'
  | 'revoked',
  Key
>

export type Key = {
  id: string
  secretId: string
  /** The whole place, as a line of the access log holds it. */
  place: { environmentId: string; projectId: string; teamId: string }
  owner: { userId: string } | { serviceAccountId: string }
}

/** A key in every state. The developer has some of their own. */
export async function issueKeys(stage: Stage, people: People, places: Places): Promise<Keys> {
  const { app, owner, make, say } = stage
  const { developer } = people
  const { catalogue, ranking } = places.search.projects
  const { helpdesk } = places.support.projects
  const key = async (
    name: string,
    project: Project,
    kind: 'development' | 'staging' | 'production',
    whose: Person | 'program',
    more: object = {},
  ): Promise<Key> => {
    const holder = whose === 'program' ? { serviceAccountId: project.program } : { userId: whose.userId }
    const body = { environmentId: project[kind], name: say(name), tags: { 'cost-center': say('4711') } }
    const made = await make(owner, 'keyCreate', { body: { ...body, ...holder, ...more } })
    const { id, environmentId, projectId, teamId, secrets } = made.key
    return {
      id,
      secretId: secrets[0].id,
      place: { environmentId, projectId, teamId },
      owner: holder,
    }
  }
  const about = (purpose: string, application: string) => ({
    purpose: say(purpose),
    application: say(application),
  })
  const limits = {
    rateLimit: { requestsPerMinute: 600, tokensPerMinute: 400_000, concurrentCalls: 40 },
    budgets: [{ name: say('Catalogue, monthly'), limitUsd: '400', period: 'month' }],
  }
  const keys = {
    active: await key('catalogue-api', catalogue, 'production', 'program', {
      ...about('Rewrites what shoppers type into a query', 'shop.acme.example'),
      ...limits,
    }),
    ranking: await key('ranking-nightly', ranking, 'staging', 'program', {
      ...about('Labels pairs of results over night', 'ranking-lab'),
    }),
    helpdesk: await key('helpdesk-bot', helpdesk, 'production', 'program', {
      ...about('Drafts answers to customers', 'help.acme.example'),
    }),
    developers: await key('mateo-laptop', catalogue, 'development', developer, {
      ...about('Claude Code and Codex on my laptop', 'Claude Code'),
      policy: { models: ['claude-*', 'gpt-5*', 'fast', 'demo/*'], ipAllowlist: ['198.51.100.0/24'] },
      budgets: [{ name: say('Mateo, daily'), limitUsd: '40', period: 'day' }],
    }),
    grace: await key('helpdesk-webhooks', helpdesk, 'staging', 'program', {
      ...about('Sorts what comes in by web form', 'help.acme.example'),
    }),
    expiring: await key('mateo-notebook', ranking, 'development', developer, {
      ...about('Trying out rerankers', 'Jupyter'),
      expiresAt: fromNow(5),
    }),
    neverUsed: await key('partner-demo', catalogue, 'staging', 'program', {
      ...about('For the partner day in spring', 'partner-portal'),
    }),
    suspended: await key('reindex', catalogue, 'staging', 'program', {
      ...about('Describes pictures for the index', 'indexer'),
    }),
    pending: await key('launch-week', catalogue, 'production', 'program', {
      ...about('Only for the launch', 'shop.acme.example'),
      notBefore: fromNow(9),
    }),
    expired: await key('winter-campaign', helpdesk, 'production', 'program', {
      ...about('Greetings of the winter campaign', 'campaigns'),
      expiresAt: fromNow(1),
    }),
    revoked: await key('old-crawler', ranking, 'production', 'program', {
      ...about('Crawled shops before 2026', 'crawler'),
    }),
  }
  const params = (key: Key) => ({ keyId: key.id })
  await make(owner, 'keyRotate', { params: params(keys.grace), body: { graceSeconds: WEEK_SECONDS } })
  const reason = say('Calls from an address that nobody knows')
  await make(owner, 'keySuspend', { params: params(keys.suspended), body: { reason } })
  const leaked = { reason: say('Found in a public repository') }
  await make(owner, 'keyRevoke', { params: params(keys.revoked), body: leaked })
  const ended = { expiresAt: new Date(Date.now() - DAY_MS) }
  await rewriteHistory(stage, (db) =>
    db.updateTable('keys').set(ended).where('id', '=', keys.expired.id).execute(),
  )
  await expireKeys(app)
  await makeOlder(stage)
  return keys
}

/** As if they had been there for months: the database gives new things the present time. */
async function makeOlder(stage: Stage): Promise<void> {
  const keys = await stage.app.db.selectFrom('keys').select('id').orderBy('id').execute()
  await rewriteHistory(stage, async (db) => {
    for (const [i, { id }] of keys.entries()) {
      const createdAt = new Date(Date.now() - (210 - i * 19) * DAY_MS)
      await db.updateTable('keys').set({ createdAt }).where('id', '=', id).execute()
      const secrets = db.updateTable('keySecrets').set({ createdAt }).where('keyId', '=', id)
      // The one that a rotation left was there first.
      await secrets.where('expiresAt', 'is not', null).execute()
    }
  })
}

function fromNow(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString()
}
