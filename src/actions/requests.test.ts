import { expect, test } from 'vitest'
import { operationNamed } from '../../test/control-plane.ts'
import { insertUsageRow } from '../../test/usage-row.ts'
import { createWorld, type World } from '../../test/world.ts'
import { newId } from '../ids.ts'

async function found({ api }: World, query: Record<string, string>, token = api.owner): Promise<string[]> {
  const { body } = await api.send(operationNamed('requestList'), { query }, { token })
  return body.data.map((row: { model: string }) => row.model)
}

test('calls are found by where they came from, how they ended, what they asked for and their request', async () => {
  await using world = await createWorld()
  const { app, ids } = world
  const requestId = newId('req')
  const where = { teamId: ids.team, projectId: ids.project, environmentId: ids.environment }
  const first = { model: 'openai/gpt-5', ip: '203.0.113.7', status: 429, requestId }
  await insertUsageRow(app, { ...where, ...first, admittedAt: new Date(Date.now() - 1_000) })
  await insertUsageRow(app, { ...where, model: 'openai/gpt-5-mini', ip: '2001:db8::7', status: 500 })
  await insertUsageRow(app, { ...where, model: 'openai_gpt', ip: '203.0.113.70' })
  const cases: [Record<string, string>, string[]][] = [
    [{ ip: '203.0.113.7' }, ['openai/gpt-5']],
    [{ ip: '2001:0db8:0::7' }, ['openai/gpt-5-mini']],
    [{ status: '429' }, ['openai/gpt-5']],
    [{ status: '429', failed: 'false' }, []],
    [{ modelPrefix: 'openai/gpt-5' }, ['openai/gpt-5-mini', 'openai/gpt-5']],
    // What stands for anything elsewhere stands for itself.
    [{ modelPrefix: 'openai_' }, ['openai_gpt']],
    [{ modelPrefix: '%' }, []],
    [{ requestId }, ['openai/gpt-5']],
  ]
  for (const [query, models] of cases) expect([query, await found(world, query)]).toEqual([query, models])
  expect(await found(world, { requestId }, world.tokens.otherTeam)).toEqual([])
  const refused = await world.api.send(
    operationNamed('requestList'),
    { query: { ip: '203.0.113' } },
    { token: world.api.owner },
  )
  expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, '/query/ip'])
})

test('who sees a part of the access log sees that part, page by page, each line once', async () => {
  await using world = await createWorld()
  const { app, ids } = world
  const at = new Date()
  const mine = Array.from({ length: 7 }, (_, i) => `mine-${i}`)
  for (const model of mine) {
    await insertUsageRow(app, { teamId: ids.team, projectId: ids.project, admittedAt: at, model })
    await insertUsageRow(app, { admittedAt: at, model: 'of others' })
  }
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const query = { limit: '3', ...(cursor ? { cursor } : {}) }
    const token = world.tokens.projectViewer
    const { body } = await world.api.send(operationNamed('requestList'), { query }, { token })
    seen.push(...body.data.map((row: { model: string }) => row.model))
    cursor = body.nextCursor ?? undefined
  } while (cursor)
  expect(seen.filter((model) => model.startsWith('mine')).sort()).toEqual(mine)
  expect(seen).not.toContain('of others')
})
