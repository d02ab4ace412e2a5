import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { type ControlPlane, operationNamed, serveControlPlane } from '../../test/control-plane.ts'
import { newPerson, PASSWORD } from '../../test/people.ts'
import { visitOf } from '../app.ts'
import { createSession } from './sessions.ts'

let app: TestApp
let api: ControlPlane
beforeAll(async () => {
  app = await testApp()
  api = await serveControlPlane(app)
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

/** Somebody with a password, at the command line. */
async function person(): Promise<string> {
  const { userId } = await newPerson(app)
  const session = { userId, kind: 'cli', methods: ['pwd'], mfa: false } as const
  return (await createSession(visitOf(app), session)).secret
}

const body = { operation: 'totpStart', requestHash: 'x'.repeat(43) }
const begin = async (token: string) =>
  (await api.send(operationNamed('stepUpCreate'), { body }, { token })).body
const confirm = (token: string, stepUpId: string, password: string, headers = {}) =>
  api.send(operationNamed('stepUpConfirm'), { params: { stepUpId }, body: { password } }, { token, headers })

test('who has no app confirms with the password, once, and nobody else does it for them', async () => {
  const [ada, bob] = [await person(), await person()]
  const stepUp = await begin(ada)
  expect(stepUp).toMatchObject({ methods: ['pwd'], url: `${app.config.url}/step-up/${stepUp.id}` })
  expect((await confirm(bob, stepUp.id, PASSWORD)).status).toBe(404)
  expect((await confirm(ada, stepUp.id, 'another one entirely')).status).toBe(400)
  expect((await confirm(ada, stepUp.id, PASSWORD)).status).toBe(204)
  expect((await confirm(ada, stepUp.id, PASSWORD)).status).toBe(404)
})

test('37: guesses are counted in a request that can be repeated, too', async () => {
  const ada = await person()
  const { id } = await begin(ada)
  const statuses: number[] = []
  for (let guess = 0; guess < 7; guess++) {
    const headers = { 'idempotency-key': `guess-${guess}` }
    statuses.push((await confirm(ada, id, 'a guess of somebody else', headers)).status)
  }
  expect(statuses.filter((status) => status === 400).length).toBeLessThanOrEqual(6)
  expect(statuses).toContain(429)
})

test('42: what changes how one signs in is confirmed first', async () => {
  const ada = await person()
  for (const name of ['totpStart', 'totpDelete', 'recoveryCodeCreate']) {
    const { body } = await api.send(operationNamed(name), {}, { token: ada })
    expect([name, body.code]).toEqual([name, 'step_up_required'])
  }
})
