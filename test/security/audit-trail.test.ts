import { globSync, readFileSync } from 'node:fs'
import { type RawBuilder, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { acceptInvitation } from '../../src/actions/accept-invitation.ts'
import { signInWithPassword } from '../../src/actions/password-sign-in.ts'
import { setPassword } from '../../src/actions/passwords.ts'
import { checkCode } from '../../src/actions/second-factor.ts'
import { type Db, visitOf } from '../../src/app.ts'
import { operations } from '../../src/contract/all.ts'
import { type AnyOperation, commandOf, successStatus } from '../../src/contract/operation.ts'
import { parkCredential } from '../../src/db/provider-snapshots.ts'
import { newId } from '../../src/ids.ts'
import { attest } from '../../src/jobs/attest.ts'
import { awakenKeys } from '../../src/jobs/awaken-keys.ts'
import { expireGrants } from '../../src/jobs/expire-grants.ts'
import { expireKeys } from '../../src/jobs/expire-keys.ts'
import { lapseRequests } from '../../src/jobs/lapse-requests.ts'
import { samples } from '../api-samples.ts'
import { issueToken, operationNamed, type Sample } from '../control-plane.ts'
import { fingerprint, tablesOf } from '../fingerprint.ts'
import { confirmed } from '../step-up.ts'
import { createWorld, WITH_MAIL, type World } from '../world.ts'

/** 147, 155: what changes leaves its event or does not happen, for every operation and every table. */

let world: World
beforeAll(async () => {
  world = await createWorld(WITH_MAIL)
})
afterAll(() => world?.[Symbol.asyncDispose]())

const changing = operations.filter(
  ({ name, method, download }) =>
    samples[name] && (method !== 'GET' || download !== null) && !samples[name].changesNothing,
)
const named = (operation: AnyOperation) => ({ name: operation.name, operation })

/** Asks as the owner, who has confirmed it where that is needed. */
async function ask(operation: AnyOperation, input: Sample) {
  const place = samples[operation.name]?.place
  const token = place === 'person' || place === 'confirmed' ? world.tokens.person : world.tokens.owner
  const headers = place === 'confirmed' ? await confirmed(world.app, token, operation, input) : {}
  return world.api.send(operation, input, { token, headers })
}

const inputOf = async ({ name }: AnyOperation): Promise<Sample> => (await samples[name]?.input(world)) ?? {}

const lastSeq = async () => {
  const { rows } = await sql<{ seq: string }>`select coalesce(max(seq), 0) as seq from audit_events`.execute(
    world.app.db,
  )
  return rows[0]?.seq ?? '0'
}

/** By the operation: what it leaves when that is not its own name alone. */
const LEAVES: Record<string, string[]> = {
  profileUpdate: ['user.update'],
  passwordChange: ['password.set'],
  totpStart: ['step-up.confirm', 'totp.start'],
  totpConfirm: ['totp.create', 'recovery-code.create'],
  totpDelete: ['step-up.confirm', 'totp.delete'],
  emailChange: ['step-up.confirm', 'email.change'],
  passkeyStart: ['step-up.confirm', 'passkey.start'],
  passkeyCreate: ['passkey.create', 'recovery-code.create'],
  passkeyDelete: ['step-up.confirm', 'passkey.delete'],
  identityStart: ['step-up.confirm', 'identity.start'],
  recoveryCodeCreate: ['step-up.confirm', 'recovery-code.create'],
  sessionRevoke: ['session.end'],
  sessionClear: ['session.end'],
  trustRuleCreate: ['key.create', 'trust-rule.create'],
  trustRuleDelete: ['trust-rule.delete', 'key.revoke'],
  accessRequestApprove: ['grant.create', 'key.create', 'delivery.create', 'access-request.approve'],
  providerUpdate: ['credential.disable', 'provider.update'],
  accessRequestEnd: ['key.revoke', 'grant.revoke', 'access-request.end'],
  keyDeliver: ['delivery.create'],
  deliveryCreate: ['key.create', 'delivery.create'],
  deliveryOpen: ['step-up.confirm', 'delivery.open', 'key.deliver'],
}

const leftBy = (name: string) => LEAVES[name] ?? [commandOf(name).join('.')]

describe('155: each operation that changes or exports something leaves its events', () => {
  test.each(changing.map(named))('$name', async ({ operation }) => {
    const input = await inputOf(operation)
    const before = await lastSeq()
    expect((await ask(operation, input)).status).toBe(successStatus(operation))
    const { rows } = await sql<{ action: string }>`
      select action from audit_events where seq > ${before} order by seq`.execute(world.app.db)
    expect(rows.map(({ action }) => action)).toEqual(leftBy(operation.name))
  })

  test('who may not do it is in the trail, for each operation that asks for a permission', async () => {
    const asked = operations.filter(({ permission }) => permission !== null && permission !== 'self')
    const unsaid: string[] = []
    for (const operation of asked) {
      const input = await inputOf(operation)
      // What is counted for nobody in particular is not what is looked for.
      await sql`truncate denials`.execute(world.app.db)
      const before = await lastSeq()
      const { status } = await world.api.send(operation, input, { token: world.tokens.projectViewer })
      const { rows } = await sql<{ action: string }>`
        select action from audit_events where seq > ${before} and result = 'denied'`.execute(world.app.db)
      if (status === 403 && rows.length !== 1) unsaid.push(operation.name)
      if (status !== 403 && rows.length !== 0) unsaid.push(operation.name)
    }
    expect(unsaid).toEqual([])
  })
})

describe('155: what happens by itself, on a page or at the door leaves an event', () => {
  /** What the test below brings about. */
  const HERE = [
    'done invitation.accept',
    'done user.create',
    'done session.create',
    'failed session.create',
    'failed second-factor.check',
    'done policy.allow',
    'done policy.disallow',
    'done access-request.lapse',
    'done key.ask',
    'done credential.park',
    'done user.forget',
    'done grant.expire',
    'done key.expire',
    'done key.activate',
    'denied team.create',
    'done usage.report',
    'done request.list',
    'done request.view',
    'done key.traffic',
  ]
  /** What is looked for by the test of the part that does it. */
  const ELSEWHERE = [
    'access.refuse',
    'usage.erase',
    'credit.lapse',
    'workload.exchange',
    'workload.refuse',
    'workload.forget',
    'organization.create',
    'credential.disable',
    'grant.migrate',
    'token.update',
    'email.stop',
    'passkey.refuse',
    'identity.create',
    'identity.start',
    'sso-logout.refuse',
    'connection.test',
  ]

  test('each is in the trail afterwards', async () => {
    // With mail, nobody but who reads it has the link of an invitation.
    await using world = await createWorld()
    const { app, make, ids, name } = world
    const visit = visitOf(app)
    const quietly = (statement: RawBuilder<unknown>) => withoutTriggers(app.db, statement)

    const email = `${name()}@example.com`
    const offer = { email, role: 'viewer', projectId: ids.project }
    const { link } = await make('invitationCreate', { body: offer })
    const userId = await acceptInvitation(visit, link.split('/').at(-1), 'Somebody')
    await setPassword(app.as(), userId, 'seven quiet herons by the weir')
    const typed = { email, returnTo: '/profile', device: null }
    await signInWithPassword(visit, { ...typed, password: 'seven quiet herons by the weir' })
    await expect(signInWithPassword(visit, { ...typed, password: 'another one entirely' })).rejects.toThrow()
    await expect(checkCode(visit, userId, '000000')).rejects.toThrow('this code is wrong')

    const until = new Date(Date.now() + 3_600_000).toISOString()
    const { secret: asking } = await issueToken(app, { role: 'developer' })
    const ask = async (body: object) =>
      (await world.api.send(operationNamed('accessRequestCreate'), { body }, { token: asking })).body.id
    const wish = {
      kind: 'model',
      environmentId: ids.environment,
      models: ['demo/*'],
      until,
      reason: 'a test',
    }
    const params = { accessRequestId: await ask(wish) }
    await make('accessRequestApprove', { params, body: {} })
    await make('accessRequestEnd', { params, body: { reason: 'done' } })
    const waiting = await ask(wish)
    await quietly(
      sql`update access_requests set created_at = now() - interval '30 days' where id = ${waiting}`,
    )
    await lapseRequests(app)

    // Keys are asked for two weeks before their time, so at once.
    await make('ownershipUpdate', { body: { attestationDays: 7 } })
    const keyOf = async (more: object) => {
      const body = {
        environmentId: ids.environment,
        serviceAccountId: ids.serviceAccount,
        name: name(),
        ...more,
      }
      return (await make('keyCreate', { body })).key.id
    }
    const [ended, begun] = [await keyOf({}), await keyOf({ notBefore: until })]
    await keyOf({})
    await quietly(sql`update keys set expires_at = now() - interval '1 minute' where id = ${ended}`)
    await quietly(sql`update keys set not_before = now() - interval '1 minute' where id = ${begun}`)
    const grant = { userId, role: 'builder', projectId: ids.project, expiresAt: until }
    const { id: grantId } = await make('grantCreate', { body: grant })
    await quietly(sql`update grants set expires_at = now() - interval '1 minute' where id = ${grantId}`)
    for (const sweep of [attest, expireKeys, awakenKeys, expireGrants]) await sweep(app)

    const provider = await make('providerCreate', { body: { name: name(), kind: 'openai' } })
    const credential = await make('credentialCreate', {
      body: { providerId: provider.id, name: name(), secret: `sk-${name()}-secret` },
    })
    const parked = { reason: 'no money left', until: new Date(until), requestId: newId('req') }
    await parkCredential(app.db, { id: credential.id, secretVersion: 1 }, parked)
    await make('userOffboard', { params: { userId }, body: { reason: 'left' } })
    await world.api.send(operationNamed('teamCreate'), { body: { name: name() } }, { token: asking })
    for (const look of ['usageReport', 'requestList']) await make(look, {})
    await make('requestView', { params: { requestId: ids.request } })
    await make('keyTraffic', { params: { keyId: begun } })

    const { rows } = await sql<{ event: string }>`
      select distinct result || ' ' || action as event from audit_events`.execute(app.db)
    expect(HERE.filter((event) => !rows.some((row) => row.event === event))).toEqual([])
  })

  test('every action that the program can write is one of an operation, or named here', () => {
    const source = textOf(globSync('src/**/*.ts').filter((file) => !file.endsWith('.test.ts')))
    const written = new Set(
      [...source.matchAll(/\baction: '([a-z-]+\.[a-z-]+)'/g)].map(([, action]) => action),
    )
    // What stands in the place of an event that is gone.
    written.delete('event.gone')
    const listed = new Set([
      ...changing.flatMap(({ name }) => leftBy(name)),
      ...HERE.map((event) => event.split(' ')[1]),
      ...ELSEWHERE,
    ])
    expect([...written].filter((action) => !listed.has(action))).toEqual([])
  })

  test.each(ELSEWHERE)('%s is looked for by a test', (action) => {
    const tests = globSync('{src,test}/**/*.test.ts').filter((file) => !file.endsWith('audit-trail.test.ts'))
    expect(textOf(tests).includes(`'${action}'`)).toBe(true)
  })
})

/** A time that comes at once, without anybody who changes it. */
async function withoutTriggers(db: Db, statement: RawBuilder<unknown>): Promise<void> {
  await db.transaction().execute(async (db) => {
    await sql`set local session_replication_role = replica`.execute(db)
    await statement.execute(db)
  })
}

describe('147: no change without its event', () => {
  beforeAll(async () => {
    await sql`
      create function lose_event() returns trigger language plpgsql as $$
      begin raise exception 'the disk of the audit trail is full'; end $$`.execute(world.app.db)
  })

  test.each(changing.map(named))(
    '$name is not done when its event cannot be written',
    async ({ operation }) => {
      const input = await inputOf(operation)
      const { db } = world.app
      const place = samples[operation.name]?.place
      const token = place === 'person' || place === 'confirmed' ? world.tokens.person : world.tokens.owner
      const headers = place === 'confirmed' ? await confirmed(world.app, token, operation, input) : {}
      const before = await fingerprint(db)
      await sql`create trigger lost before insert on audit_events for each row execute function lose_event()`.execute(
        db,
      )
      const answer = await world.api.send(operation, input, { token, headers })
      await sql`drop trigger lost on audit_events`.execute(db)
      expect([answer.status, answer.body?.code]).toEqual([500, 'internal'])
      expect(await fingerprint(db)).toEqual(before)
    },
  )

  /** What changes without an event of its own, and why it needs none. */
  const UNTOLD: Record<string, string> = {
    audit_events: 'the trail itself',
    audit_chain: 'the trail itself',
    audit_heads: 'the trail itself',
    audit_unsealed: 'the trail itself',
    denials: 'what the trail says of refusals, counted',
    usage: 'the access log',
    usage_horizon: 'the access log: from when on it is there; moving it is an event',
    usage_sums: 'the access log: what erased calls add up to',
    usage_sums_charged: 'the ledger: what erased calls cost',
    usage_too_late: 'the ledger: calls that were told of after the horizon had passed them',
    usage_cells: 'the access log, added up',
    usage_holders: 'the access log, added up: of whom',
    usage_services: 'the access log, added up: of what',
    usage_strays: 'the access log, added up: attempts that repeat a call',
    usage_tag_sets: 'the access log, added up: with which tags',
    usage_touched: 'the access log, added up: hours to add up anew',
    usage_units: 'the access log, added up: hours, days, weeks, months and quarters',
    usage_zones: 'the access log, added up: time zones in whose days somebody asked for it',
    leases: 'the ledger: money that is held',
    ledger_corrections: 'the ledger: money that a backup did not know of; a finding says so',
    nodes: 'the processes that are there',
    rate_pools: 'the ledger: what all nodes may count together',
    rate_shares: 'the ledger: what each node may count',
    budget_windows: 'the ledger: money that is spent',
    budget_alerts: 'told of by an alert',
    budget_looks: 'what a sweep is to look at again',
    alerts: 'told of by a notice',
    budget_burn: 'how budgets are spent',
    credential_health: 'what providers said of credentials',
    idempotency_keys: 'answers, kept for a day',
    throttles: 'tries, counted',
    notices: 'what is to be sent',
    findings: 'raised by events; resolving one is an event',
    document_reminders: 'when somebody was reminded',
    installation: 'made once, before there is a trail',
    migrations: 'made before there is a trail',
    setup_links: 'used once, by what makes the organization',
    sign_ins: 'no session yet; a session is an event',
    step_ups: 'a question; its answer is an event',
    device_codes: 'a question; the session that comes of it is an event',
    authorization_codes: 'a question; the session that comes of it is an event',
    used_refresh_tokens: 'what a session had before',
    email_tokens: 'a question; what it sets is an event',
    email_changes: 'a question; the change is an event, and so is stopping it',
    passkey_challenges: 'a question; its answer is an event',
    sso_attempts: 'a question; the session that comes of it is an event',
    logout_tokens: 'tokens that may not come again; the end of the sessions is an event',
    known_devices: 'a mark of a sign-in, which is an event',
  }
  /** Columns of told tables that may change alone. */
  const UNTOLD_COLUMNS: Record<string, string[]> = {
    key_secrets: ['last_used_at'],
    api_tokens: ['name', 'last_used_at'],
    sessions: [
      'hash',
      'previous_hash',
      'previous_until',
      'hash_expires_at',
      'refresh_hash',
      'last_seen_at',
      'must_rotate',
      'ended_reason',
    ],
    totp_factors: ['last_step'],
    credits: ['used_nano_usd', 'over_at', 'noticed_days'],
    identities: ['email', 'linked_at', 'last_sign_in_at'],
    passkeys: ['counter', 'transports', 'backed_up', 'last_used_at'],
    audit_sinks: [
      'sent_position',
      'sent_head',
      'failing_since',
      'next_try_at',
      'last_error',
      'version',
      'secret_version',
    ],
  }
  /** Columns that are written once, with the row. */
  const WRITTEN_ONCE = [
    'id',
    'key_id',
    'user_id',
    'kind',
    'hint',
    'created_at',
    'connection_id',
    'sso_sid',
    'ip',
    'user_agent',
    'sealed_data_key',
    'sealed_secret',
  ]

  type Told = { name: string; insert: boolean; update: boolean; remove: boolean; columns: string[] | null }
  const told = async () => {
    const { rows } = await sql<Told>`
      select relname as name, bool_or(tgtype & 4 > 0) as insert, bool_or(tgtype & 8 > 0) as remove,
        bool_or(tgtype & 16 > 0) as update,
        (select array_agg(attname::text order by attnum) from pg_attribute a
          where a.attrelid = c.oid and attnum > 0 and not attisdropped and not exists (
            select from pg_trigger u where u.tgrelid = c.oid and u.tgname like '%_audited' and u.tgtype & 16 > 0
              and (coalesce(array_length(u.tgattr::int2[], 1), 0) = 0 or a.attnum = any(u.tgattr::int2[])))) as columns
      from pg_trigger t join pg_class c on c.oid = t.tgrelid
      where tgfoid = 'require_audit_event'::regproc and tgdeferrable and tginitdeferred and tgenabled = 'O'
      group by c.oid, relname`.execute(world.app.db)
    return rows
  }

  test('every table tells of what is added, changed and removed, or is named here', async () => {
    const whole = (await told()).filter(({ insert, update, remove }) => insert && update && remove)
    const known = [...whole.map(({ name }) => name), ...Object.keys(UNTOLD)].sort()
    expect(known).toEqual(await tablesOf(world.app.db))
  })

  test('every column that may change alone is named here', async () => {
    const untold = (await told()).flatMap(({ name, columns }) => {
      const more = (columns ?? []).filter((column) => !WRITTEN_ONCE.includes(column))
      return more.length === 0 ? [] : [[name, more]]
    })
    expect(Object.fromEntries(untold)).toEqual(UNTOLD_COLUMNS)
  })

  test('no row of any told table goes without an event', async () => {
    const { db } = world.app
    for (const { name } of (await told()).filter(({ remove }) => remove)) {
      const { rows } = await sql<{
        count: number
      }>`select count(*)::int as count from ${sql.table(name)}`.execute(db)
      if (rows[0]?.count === 0) continue
      // Whoever refers to it does not matter: the event is asked for at the end, so nobody comes that far.
      const removed = db.transaction().execute(async (db) => {
        await sql`alter table ${sql.table(name)} disable trigger all`.execute(db)
        await sql`alter table ${sql.table(name)} enable trigger ${sql.ref(`${name}_audited`)}`.execute(db)
        await sql`delete from ${sql.table(name)}`.execute(db)
      })
      await expect(removed, name).rejects.toThrow(/must write an audit event|violates foreign key/)
    }
  })
})

function textOf(files: string[]): string {
  return files.map((file) => readFileSync(file, 'utf8')).join('\n')
}
