import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { testApp } from '../../test/app.ts'
import { serveControlPlane } from '../../test/control-plane.ts'
import { callForFile } from '../contract/client.ts'
import { requestExport } from '../contract/requests.ts'
import { teamList } from '../contract/teams.ts'
import { usageReport } from '../contract/usage.ts'

// Both wait until the database gives up: they do so together.
test.concurrent('a report that hangs is given up and says so, and nothing but reports waits for it', async () => {
  await using app = await testApp({ reportConnections: 1 })
  await using api = await serveControlPlane(app)
  const token = { token: api.owner }
  const answers = await app.db.transaction().execute(async (db) => {
    await sql`lock table usage`.execute(db)
    const reports = Array.from({ length: 3 }, () => api.send(usageReport, {}, token))
    // Enough others to need every connection of a pool that they shared with the reports.
    const others = await Promise.all(Array.from({ length: 20 }, () => api.send(teamList, {}, token)))
    expect(others.map(({ status }) => status)).toEqual(others.map(() => 200))
    return Promise.all(reports)
  })
  expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
    answers.map(() => [503, 'unavailable']),
  )
  expect((await api.send(usageReport, {}, token)).status).toBe(200)
}, 60_000)

test.concurrent('nothing but reports waits for exports of the access log, however many hang', async () => {
  await using app = await testApp({ reportConnections: 1 })
  await using api = await serveControlPlane(app)
  const token = { token: api.owner }
  await app.db.transaction().execute(async (db) => {
    await sql`lock table usage`.execute(db)
    const exports = Array.from({ length: 12 }, () =>
      callForFile(api.client(api.owner), requestExport, {}).then((file) => new Response(file).text()),
    )
    const ended = Promise.allSettled(exports)
    await sleep(500)
    const others = await Promise.all(Array.from({ length: 20 }, () => api.send(teamList, {}, token)))
    expect(others.map(({ status }) => status)).toEqual(others.map(() => 200))
    // What is cut off is not taken for the whole file.
    expect((await ended).map(({ status }) => status)).toEqual(exports.map(() => 'rejected'))
  })
}, 60_000)

test('a report uses one core of its database', async () => {
  await using app = await testApp()
  const { rows } = await sql`show max_parallel_workers_per_gather`.execute(app.reportDb)
  expect(rows).toEqual([{ maxParallelWorkersPerGather: '0' }])
})
