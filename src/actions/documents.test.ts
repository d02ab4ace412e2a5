import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { operationNamed } from '../../test/control-plane.ts'
import { createWorld, type World } from '../../test/world.ts'
import { acknowledgementCount, acknowledgementList } from '../contract/acknowledgements.ts'
import { type Client, call } from '../contract/client.ts'
import {
  documentAcknowledge,
  documentCreate,
  documentDue,
  documentList,
  documentPublish,
  documentUpdate,
  documentView,
} from '../contract/documents.ts'
import { exemptionCreate, exemptionRevoke } from '../contract/exemptions.ts'
import { grantCreate } from '../contract/grants.ts'
import { keyCreate, keyRotate } from '../contract/keys.ts'
import { serviceAccountUpdate } from '../contract/service-accounts.ts'
import { tokenCreate } from '../contract/tokens.ts'
import { userCreate } from '../contract/users.ts'
import { remind } from '../jobs/remind.ts'
import { addShippedModule } from './shipped-module.ts'

let world: World
let owner: Client
let person: Client
beforeAll(async () => {
  world = await createWorld()
  owner = world.api.client(world.tokens.owner)
  person = world.api.client(world.tokens.person)
})
afterAll(() => world?.[Symbol.asyncDispose]())

/** Documents of one test concern nobody in the next. */
beforeEach(async () => {
  for (const { id } of (await call(owner, documentList, { query: { limit: 200 } })).data) {
    await call(owner, documentUpdate, { params: { documentId: id }, body: { archived: true } })
  }
})

const quiz = [
  { question: 'Share it?', options: ['yes', 'no'], correct: [1] },
  { question: 'Which two?', options: ['a', 'b', 'c'], correct: [0, 2] },
]

async function publish(about: object = {}, version: object = {}): Promise<string> {
  const body = { title: world.name(), required: true, ...about }
  const { id: documentId } = await call(owner, documentCreate, { body })
  const publication = { body: '# Be careful', ...version }
  await call(owner, documentPublish, { params: { documentId }, body: publication })
  return documentId
}
const acknowledge = (documentId: string, answers: number[][] = [], versionNumber = 1) =>
  call(person, documentAcknowledge, { params: { documentId }, body: { versionNumber, answers } })
const createKey = (client = owner) =>
  call(client, keyCreate, {
    body: {
      environmentId: world.ids.environment,
      serviceAccountId: world.ids.serviceAccount,
      name: world.name(),
    },
  })
const refused = { code: 'acknowledgement_required' }

describe('no key before a required document is acknowledged', () => {
  test('neither created nor rotated; afterwards both', async () => {
    const { key } = await createKey()
    const documentId = await publish()
    const rotate = () => call(owner, keyRotate, { params: { keyId: key.id }, body: {} })
    await expect(createKey()).rejects.toMatchObject(refused)
    await expect(createKey()).rejects.toThrow(`/documents?document=${documentId}`)
    await expect(rotate()).rejects.toMatchObject(refused)
    expect((await call(owner, documentDue, {})).data).toMatchObject([{ documentId, overdue: true }])
    await acknowledge(documentId)
    await createKey()
    await rotate()
    expect((await call(owner, documentDue, {})).data).toEqual([])
  })

  test('a refused request leaves nothing, also under its Idempotency-Key', async () => {
    const documentId = await publish()
    const body = {
      environmentId: world.ids.environment,
      serviceAccountId: world.ids.serviceAccount,
      name: world.name(),
    }
    const send = () =>
      world.api.send(
        operationNamed('keyCreate'),
        { body },
        { token: world.tokens.owner, headers: { 'idempotency-key': body.name } },
      )
    expect((await send()).body.code).toBe('acknowledgement_required')
    await acknowledge(documentId)
    const second = await send()
    expect([second.status, typeof second.body.secret]).toEqual([201, 'string'])
  })

  test('what is not required, not published, archived or for others stops nobody', async () => {
    await publish({ required: false })
    await call(owner, documentCreate, { body: { title: world.name(), required: true } })
    await publish({ roles: ['developer'] })
    await createKey()
  })

  test('a team’s document is for who holds a role in the team', async () => {
    await publish({ teamIds: [world.ids.team] })
    await createKey()
    await expect(createKey(world.api.client(world.tokens.builder))).rejects.toMatchObject(refused)
  })

  test('a version that is in force no more is not acknowledged', async () => {
    const documentId = await publish()
    await call(owner, documentPublish, { params: { documentId }, body: { body: '# Be more careful' } })
    await expect(acknowledge(documentId)).rejects.toMatchObject({ code: 'conflict' })
    expect(await acknowledge(documentId, [], 2)).toMatchObject({ passed: true })
  })

  test('a new version is acknowledged again, after the grace days', async () => {
    const documentId = await publish({ graceDays: 5 })
    await createKey()
    await setPublished(documentId, '6 days')
    await expect(createKey()).rejects.toMatchObject(refused)
    await acknowledge(documentId)
    await createKey()
    await call(owner, documentPublish, { params: { documentId }, body: { body: 'Now even more careful' } })
    await createKey()
    await setPublished(documentId, '6 days')
    await expect(createKey()).rejects.toMatchObject(refused)
    await expect(acknowledge(documentId)).rejects.toMatchObject({ code: 'conflict' })
    await acknowledge(documentId, [], 2)
    await createKey()
  })

  test('an acknowledgement whose time is over counts no more, and there is no new grace', async () => {
    const documentId = await publish({ validityDays: 30, graceDays: 300 })
    await acknowledge(documentId)
    await audited(sql`update acknowledgements set expires_at = now() - interval '1 second'
      where version_id in (select id from document_versions where document_id = ${documentId})`)
    await expect(createKey()).rejects.toMatchObject(refused)
    const { expiresAt } = await acknowledge(documentId)
    expect(Date.parse(expiresAt ?? '') - Date.now()).toBeGreaterThan(29.9 * 86_400_000)
    await createKey()
  })

  test('an exemption excuses until its end, with a reason; nobody excuses themselves', async () => {
    const documentId = await publish()
    const self = (await call(person, documentDue, {})).data
    expect(self).toHaveLength(1)
    const admin = world.api.client(world.tokens.admin)
    const { userId } = await world.app.db.selectFrom('sessions').select('userId').executeTakeFirstOrThrow()
    const body = { documentId, userId, reason: 'wrote it' }
    await expect(call(owner, exemptionCreate, { body })).rejects.toMatchObject({ code: 'conflict' })
    const exemption = await call(admin, exemptionCreate, { body })
    await createKey()
    await audited(sql`update exemptions set until = now() - interval '1 second' where id = ${exemption.id}`)
    await expect(createKey()).rejects.toMatchObject(refused)
    await audited(sql`update exemptions set until = null where id = ${exemption.id}`)
    await createKey()
    await call(admin, exemptionRevoke, { params: { exemptionId: exemption.id } })
    await expect(createKey()).rejects.toMatchObject(refused)
  })

  test('for a service account its owner answers; without an owner nobody could have read it', async () => {
    const { serviceAccount: serviceAccountId, project: projectId } = world.ids
    const params = { serviceAccountId }
    await call(owner, grantCreate, { body: { serviceAccountId, role: 'builder', projectId } })
    const { secret } = await call(owner, tokenCreate, { body: { name: 'ci', serviceAccountId } })
    const program = world.api.client(secret)
    await createKey(program)
    const documentId = await publish()
    await expect(createKey(program)).rejects.toThrow(/owner of this service account has to read/)
    await acknowledge(documentId)
    await createKey(program)
    await call(owner, serviceAccountUpdate, { params, body: { ownerUserId: null } })
    await expect(createKey(program)).rejects.toThrow(/has no owner/)
    await call(owner, documentUpdate, { params: { documentId }, body: { required: false } })
    await createKey(program)
  })
})

describe('a quiz', () => {
  test('is passed by its mark, may be tried again, and what is correct never leaves', async () => {
    const documentId = await publish({}, { quiz, passPercent: 100 })
    expect(await acknowledge(documentId, [[1], [0]])).toMatchObject({ passed: false, scorePercent: 50 })
    await expect(createKey()).rejects.toMatchObject(refused)
    for (const client of [owner, world.api.client(world.tokens.projectViewer)]) {
      const view = await call(client, documentView, { params: { documentId } })
      expect(JSON.stringify(view)).not.toContain('correct')
      expect(view.questions[1]).toEqual({ question: 'Which two?', options: ['a', 'b', 'c'], several: true })
    }
    expect(await acknowledge(documentId, [[1], [2, 0]])).toMatchObject({ passed: true, scorePercent: 100 })
    await createKey()
    const events = await world.app.db.selectFrom('auditEvents').select(['before', 'after']).execute()
    expect(JSON.stringify(events)).not.toContain('"correct"')
  })

  test('is answered in person: an API token cannot say that somebody has read something', async () => {
    const documentId = await publish()
    const body = { versionNumber: 1 }
    await expect(call(owner, documentAcknowledge, { params: { documentId }, body })).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  test('whose correct option is not there is refused', async () => {
    const wrong = [{ question: 'x', options: ['a', 'b'], correct: [2] }]
    await expect(publish({}, { quiz: wrong })).rejects.toMatchObject({ code: 'invalid_request' })
  })
})

test('who has read what is listed for every person whom it concerns, page by page', async () => {
  const documentId = await publish({ teamIds: [world.ids.team] })
  const all = await call(owner, acknowledgementList, { query: { documentId, limit: 200 } })
  expect(all.data.length).toBeGreaterThan(3)
  expect(new Set(all.data.map(({ state }) => state))).toEqual(new Set(['overdue']))
  const paged: string[] = []
  for (let cursor: string | undefined; ; ) {
    const query = { documentId, limit: 2, ...(cursor && { cursor }) }
    const page = await call(owner, acknowledgementList, { query })
    paged.push(...page.data.map(({ userId }) => userId))
    if (page.nextCursor === null) break
    cursor = page.nextCursor
  }
  expect(paged).toEqual(all.data.map(({ userId }) => userId))
  const everybody = await publish()
  await acknowledge(everybody)
  const missing = { documentId: everybody, limit: 200 }
  const still = await call(owner, acknowledgementList, { query: { ...missing, missing: 'true' } })
  const done = await call(owner, acknowledgementList, { query: { ...missing, missing: 'false' } })
  expect(done.data.map(({ state }) => state)).toEqual(['acknowledged'])
  expect(still.data.map(({ userId }) => userId)).not.toContain(done.data[0]?.userId)
})

test('what nobody requires is never late, and has no date', async () => {
  const documentId = await publish({ required: false })
  const due = { documentId, required: false, overdue: false, dueBy: null }
  expect((await call(owner, documentDue, {})).data).toMatchObject([due])
  const { data } = await call(owner, acknowledgementList, { query: { documentId } })
  expect(new Set(data.map(({ state, dueBy }) => `${state} ${dueBy}`))).toEqual(new Set(['due null']))
})

test('a team’s admin lists what its members have still to read, and nobody else’s', async () => {
  const documentId = await publish()
  const list = (who: keyof World['tokens'], query: object = { teamId: world.ids.team }) =>
    call(world.api.client(world.tokens[who]), acknowledgementList, { query: { limit: 200, ...query } })
  const { data } = await list('ownTeam')
  const members = await world.app.db
    .selectFrom('grants')
    .innerJoin('users', 'users.id', 'grants.userId')
    .select('users.id')
    .where('teamId', '=', world.ids.team)
    .where('revokedAt', 'is', null)
    .where('deactivatedAt', 'is', null)
    .execute()
  expect(new Set(data.map(({ userId }) => userId))).toEqual(new Set(members.map(({ id }) => id)))
  expect((await list('owner')).data).toEqual(data)
  expect((await list('owner', { documentId })).data.length).toBeGreaterThan(data.length)
  for (const who of ['teamViewer', 'teamBuilder', 'projectAdmin', 'developer'] as const) {
    await expect(list(who), who).rejects.toMatchObject({ code: 'forbidden' })
  }
  await expect(list('ownTeam', {})).rejects.toMatchObject({ code: 'forbidden' })
  await expect(list('otherTeam')).rejects.toMatchObject({ code: 'not_found' })
})

test('who has read what is counted as it is listed, and by each team in which somebody holds a role', async () => {
  const documentId = await publish()
  await acknowledge(documentId)
  const all = await call(owner, acknowledgementList, { query: { documentId, limit: 200 } })
  const counted = await call(owner, acknowledgementCount, { query: { documentId } })
  const [document] = counted.data
  expect(counted.data.length).toBe(1)
  expect(document).toMatchObject({ documentId, read: 1, exempt: 0, missing: all.data.length - 1 })
  const inTeam = await world.app.db
    .selectFrom('grants')
    .innerJoin('users', 'users.id', 'grants.userId')
    .select('grants.userId')
    .distinct()
    .where('grants.teamId', '=', world.ids.team)
    .where('grants.revokedAt', 'is', null)
    .where('users.deactivatedAt', 'is', null)
    .execute()
  const team = document?.teams.find(({ teamId }) => teamId === world.ids.team)
  expect((team?.read ?? 0) + (team?.missing ?? 0)).toBe(inTeam.length)
  expect(inTeam.length).toBeGreaterThan(0)
})

test('the export is one formula-safe line for each, and an event; a stranger to it gets none', async () => {
  const body = { email: `${world.name()}@example.com`, name: '=HYPERLINK("https://evil.example")' }
  const { id: userId } = await call(owner, userCreate, { body })
  const documentId = await publish({ title: 'Policy, "new"' })
  const send = (token: string) =>
    world.api.send(operationNamed('acknowledgementExport'), { query: { documentId } }, { token })
  const answer = await send(world.tokens.analyst)
  expect(answer.headers.get('content-type')).toBe('text/csv')
  const lines = String(answer.body).split('\r\n')
  expect(lines[0]).toMatch(/^document_id,document,required,version,user_id,name,email,state/)
  const line = lines.find((line) => line.includes(userId))
  expect(line).toContain(`,"Policy, ""new""",true,1,${userId},"'=HYPERLINK(""https://evil.example"")",`)
  const { data } = await call(owner, acknowledgementList, { query: { documentId, limit: 200 } })
  expect(lines).toHaveLength(data.length + 2)
  const events = await world.app.db
    .selectFrom('auditEvents')
    .select('id')
    .where('action', '=', 'acknowledgement.export')
    .where('targetId', '=', documentId)
    .execute()
  expect(events).toHaveLength(1)
  expect((await send(world.tokens.ownTeam)).body.code).toBe('forbidden')
})

test('people are reminded once a week, two sweeps at once remind once, and not who has read it', async () => {
  const documentId = await publish({ roles: ['owner', 'admin'] })
  await acknowledge(documentId)
  const told = async () =>
    (
      await world.app.db
        .selectFrom('notices')
        .select('userId')
        .where('kind', '=', 'document.remind')
        .execute()
    ).length
  const before = await told()
  await Promise.all([remind(world.app), remind(world.app), remind(world.app)])
  const admins = (await call(owner, acknowledgementList, { query: { documentId, missing: 'true' } })).data
  expect(admins.length).toBeGreaterThan(0)
  expect((await told()) - before).toBe(admins.length)
  await remind(world.app)
  expect((await told()) - before).toBe(admins.length)
  await sql`update document_reminders set reminded_at = now() - interval '8 days'`.execute(world.app.db)
  await remind(world.app)
  expect((await told()) - before).toBe(2 * admins.length)
})

test('the training that ships is there once, stops nobody, and stays as somebody left it', async () => {
  expect(await addShippedModule(world.app)).toBe(true)
  expect(await addShippedModule(world.app)).toBe(false)
  await createKey()
  const { data } = await call(owner, documentList, { query: { kind: 'training' } })
  const [shipped] = data.filter(({ shipped }) => shipped === 'handling-keys')
  expect(shipped).toMatchObject({ required: false, current: { number: 1, questions: 6 } })
  const documentId = shipped?.id ?? ''
  await call(owner, documentUpdate, { params: { documentId }, body: { required: true } })
  await expect(createKey()).rejects.toMatchObject(refused)
  const right = [[1], [0, 2], [1], [2], [0, 1, 3], [1]]
  expect(await acknowledge(documentId, right)).toMatchObject({ passed: true, scorePercent: 100 })
  await createKey()
})

function setPublished(documentId: string, ago: string): Promise<void> {
  return audited(sql`
    with moved as (
      update document_versions set published_at = now() - ${ago}::interval where document_id = ${documentId}
    )
    update users set created_at = least(created_at, now() - ${ago}::interval)`)
}

/** Sets the clock of a row, in a transaction that the database takes for a change with its event. */
function audited(change: ReturnType<typeof sql>): Promise<void> {
  return world.app.db.transaction().execute(async (db) => {
    await change.execute(db)
    await sql`insert into audit_events (id, actor_kind, actor_id, action, target_id)
      values ('evt_' || gen_random_uuid(), 'setup', 'test', 'test', 'test')`.execute(db)
  })
}
