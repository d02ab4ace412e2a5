import { afterAll, beforeAll, expect, test } from 'vitest'
import { issueToken, operationNamed } from '../../test/control-plane.ts'
import { type GatewayWorld, gatewayWorld } from '../../test/gateway-world.ts'
import { until } from '../../test/raw-peer.ts'
import { createCli } from '../../test/run-cli.ts'
import { insertUsageRow } from '../../test/usage-row.ts'
import { newId } from '../ids.ts'

let world: GatewayWorld
beforeAll(async () => {
  world = await gatewayWorld()
  await world.addModel('tiny')
})
afterAll(() => world?.[Symbol.asyncDispose]())

const HOUR_MS = 3_600_000

async function trafficOf(keyId: string, token = world.api.owner) {
  const answer = await world.api.send(operationNamed('keyTraffic'), { params: { keyId } }, { token })
  return answer.status === 200 ? answer.body : answer.status
}

async function callsWith(secret: string, count: number, model = 'tiny'): Promise<void> {
  const before = (await world.usage()).length
  for (let i = 0; i < count; i++) {
    const body = { model, messages: [{ role: 'user', content: 'Hello' }] }
    const answer = await world.post('/v1/chat/completions', body, { authorization: `Bearer ${secret}` })
    await answer.text()
  }
  await until('the calls are written', async () => (await world.usage()).length >= before + count)
}

test('after a rotation each call counts for the secret that it was made with, until the old one has drained', async () => {
  const { id: keyId, secret: old } = await world.issueKey()
  await callsWith(old, 3)
  const { secret: fresh } = await world.make('keyRotate', {
    params: { keyId },
    body: { graceSeconds: 86_400 },
  })
  await callsWith(old, 2)
  await callsWith(fresh, 4)
  // What is refused shows that somebody still presents it.
  await callsWith(old, 1, 'none')

  const { data } = await trafficOf(keyId)
  const [now, replaced] = data
  expect(data).toHaveLength(2)
  expect(now).toMatchObject({
    state: 'current',
    lastHour: { calls: 4 },
    lastDay: { calls: 4 },
    lastWeek: { calls: 4 },
  })
  expect(replaced).toMatchObject({ state: 'grace', lastHour: { calls: 6 }, lastWeek: { calls: 6 } })
  expect([now.hint.slice(-4), replaced.hint.slice(-4)]).toEqual([fresh.slice(-4), old.slice(-4)])
  // Six answered calls of one price, shared out between the two.
  expect(Number(replaced.lastHour.costUsd)).toBeCloseTo((Number(now.lastHour.costUsd) * 5) / 4, 12)

  const listed = async (query: Record<string, string>) => {
    const { body } = await world.api.send(
      operationNamed('requestList'),
      { query },
      { token: world.api.owner },
    )
    return body.data.map(({ secretId }: { secretId: string }) => secretId)
  }
  expect(await listed({ secretId: now.id })).toEqual(Array(4).fill(now.id))
  expect(await listed({ secretId: replaced.id, keyId })).toEqual(Array(6).fill(replaced.id))
  expect(await listed({ secretId: now.id, keyId: world.key.id })).toEqual([])
  expect(await listed({ secretId: newId('sec') })).toEqual([])

  using cli = createCli({ CLAVIGER_URL: world.url, CLAVIGER_TOKEN: world.api.owner })
  const { code, stdout } = await cli.run(['key', 'traffic', keyId])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^10 calls in the last hour, all but 6 with the new secret\.\n\n/)
  expect(stdout).toMatch(
    /HINT +STATE +LAST HOUR +LAST DAY +LAST WEEK +COST USD +LAST USED AT +EXPIRES AT\n\S+ +current +4 +4 +4 /,
  )
})

test('an hour, a day and a week end where they should, and a call that was tried twice is one', async () => {
  const { id: keyId } = await world.issueKey()
  const { secrets } = await world.make('keyView', { params: { keyId } })
  const now = Date.now()
  const row = async (hoursAgo: number, more: object = {}) => {
    const at = new Date(now - hoursAgo * HOUR_MS)
    const place = {
      teamId: world.ids.team,
      projectId: world.ids.project,
      environmentId: world.ids.environment,
    }
    const facts = {
      keyId,
      secretId: secrets[0].id,
      admittedAt: at,
      settledAt: at,
      costNanoUsd: 1_000_000_000n,
    }
    await insertUsageRow(world.app, { ...place, ...facts, ...more })
  }
  for (const hoursAgo of [0.5, 2, 23.9, 24.1, 167.9, 168.1]) await row(hoursAgo)
  const requestId = newId('req')
  for (const attempt of [1, 2]) await row(0.6, { requestId, attempt })
  // Of another key, and so of nobody here.
  await row(0.5, { keyId: newId('key') })
  const { data } = await trafficOf(keyId)
  expect(data).toEqual([
    expect.objectContaining({
      id: secrets[0].id,
      lastHour: { calls: 2, costUsd: '3.00' },
      lastDay: { calls: 4, costUsd: '5.00' },
      lastWeek: { calls: 6, costUsd: '7.00' },
    }),
  ])
})

test('whoever does not see the usage of a key is not told of its secrets', async () => {
  const { id: keyId } = await world.issueKey()
  const team = await world.make('teamCreate', { body: { name: 'Elsewhere' } })
  const { secret } = await issueToken(world.app, { role: 'admin', teamId: team.id })
  expect(await trafficOf(keyId, secret)).toBe(404)
  expect(await trafficOf(newId('key'))).toBe(404)
})
