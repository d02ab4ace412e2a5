import { sql } from 'kysely'
import { setPassword } from '../../src/actions/passwords.ts'
import { createSession } from '../../src/actions/sessions.ts'
import { setUpHeadless } from '../../src/actions/setup.ts'
import { type Db, visitOf } from '../../src/app.ts'
import type { TestApp } from '../app.ts'
import { type Answer, operationNamed, pathOf, type Sample } from '../control-plane.ts'
import { PASSWORD } from '../people.ts'
import { confirmed } from '../step-up.ts'

/** Says a name that people read. What is plain is `say('Search')`; a hostile one says something else in its place. */
export type Say = (plain: string) => string

/** Somebody of Acme. `token` is of a session of theirs on the command line. */
export type Person = { userId: string; name: string; email: string; token: string }

/** Where Acme is put together: an installation that answers, its owner, and how anybody does anything in it. */
export type Stage = {
  app: TestApp
  url: string
  say: Say
  owner: Person
  /** Calls an operation as somebody, who confirms it where that is asked, and returns what it answers. */
  make(who: Person, operation: string, sample: Sample): Promise<Made>
  /** A new user, who can sign in with the `PASSWORD` of test/people.ts. */
  person(name: string, email: string): Promise<Person>
}

// biome-ignore lint/suspicious/noExplicitAny: the answer of any operation.
type Made = any

/** Sets `app` up, which is served at `url`. */
export async function setStage(app: TestApp, url: string, say: Say): Promise<Stage> {
  const about = { name: say('Grace Okafor'), email: 'grace.okafor@acme.example' }
  await setUpHeadless(app, { organization: say('Acme'), password: PASSWORD, ...about }, () => {})
  const { id: userId } = await app.db.selectFrom('users').select('id').executeTakeFirstOrThrow()
  const owner = { userId, ...about, token: await sessionOf(app, userId) }
  const make: Stage['make'] = async (who, name, sample) => {
    const operation = operationNamed(name)
    let answer = await send(url, who.token, name, sample)
    if (answer.body?.code === 'step_up_required') {
      answer = await send(url, who.token, name, sample, await confirmed(app, who.token, operation, sample))
    }
    if (answer.status < 300) return answer.body
    throw new Error(`${name}, as ${who.email}: ${answer.status} ${JSON.stringify(answer.body)}`)
  }
  return {
    app,
    url,
    say,
    owner,
    make,
    async person(name, email) {
      const body = { name: say(name), email }
      const { id } = await make(owner, 'userCreate', { body })
      await setPassword(app.as(), id, PASSWORD)
      return { userId: id, ...body, token: await sessionOf(app, id) }
    },
  }
}

/** Changes rows as nobody could, such as when they came to be: nothing is audited, and no trigger fires. */
export function rewriteHistory({ app }: Stage, change: (db: Db) => Promise<unknown>): Promise<void> {
  return app.db.transaction().execute(async (db) => {
    await sql`set local session_replication_role = replica`.execute(db)
    await change(db)
  })
}

async function send(
  url: string,
  token: string,
  name: string,
  sample: Sample,
  headers: Record<string, string> = {},
): Promise<Pick<Answer, 'status' | 'body'>> {
  const operation = operationNamed(name)
  const { body } = sample
  const response = await fetch(`${url}${pathOf(operation, sample)}`, {
    method: operation.method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text) }
}

async function sessionOf(app: TestApp, userId: string): Promise<string> {
  const visit = visitOf(app, { ip: '198.51.100.23', userAgent: 'claviger-cli/0.1.0 (linux)' })
  return (await createSession(visit, { userId, kind: 'cli', methods: ['pwd', 'otp'], mfa: true })).secret
}
