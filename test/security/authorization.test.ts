import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../src/contract/all.ts'
import type { AnyOperation } from '../../src/contract/operation.ts'
import { samples } from '../api-samples.ts'
import { createWorld, type World } from '../world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world?.[Symbol.asyncDispose]())

const withBody = operations.filter(({ body, name }) => body !== null && samples[name])
const named = (operation: AnyOperation) => ({ name: operation.name, operation })

describe('71: what nobody may say of themselves is refused in any body', () => {
  const CLAIMS = [
    'orgId',
    'organizationId',
    'isAdmin',
    'isOwner',
    'roles',
    'permissions_',
    'scope_',
    'actor',
    'self',
  ]
  const POLLUTION = ['__proto__', 'constructor', 'prototype']

  test.each(withBody.map(named))('$name', async ({ operation }) => {
    const input = await samples[operation.name]?.input(world)
    const body = JSON.stringify(input?.body)
    for (const claim of [...CLAIMS, ...POLLUTION]) {
      const claimed = body.replace(
        /^\{/,
        `{${JSON.stringify(claim)}:{"role":"owner"}${body === '{}' ? '' : ','}`,
      )
      const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => input?.params?.[name] ?? '')
      const answer = await fetch(`${world.api.url}/api${path}`, {
        method: operation.method,
        headers: { authorization: `Bearer ${world.tokens.owner}`, 'content-type': 'application/json' },
        body: claimed,
      })
      expect([claim, answer.status]).toEqual([claim, 400])
    }
    expect(({} as { role?: string }).role).toBeUndefined()
  })
})

describe('76: there is no way to act as somebody else', () => {
  test.each([
    { 'x-user-id': 'USER' },
    { 'x-actor': 'USER' },
    { 'x-act-as': 'USER' },
    { 'x-forwarded-user': 'USER' },
    { 'x-remote-user': 'USER' },
    { 'x-on-behalf-of': 'USER' },
    { 'x-impersonate': 'USER' },
    { 'x-team-id': 'TEAM' },
    { 'x-role': 'owner' },
    { 'x-original-url': '/api/v1/users' },
    { 'x-http-method-override': 'GET' },
  ])('with %j one is who one was', async (header) => {
    const headers = Object.fromEntries(
      Object.entries(header).map(([name, value]) => [
        name,
        value.replace('USER', world.ids.user).replace('TEAM', world.ids.team),
      ]),
    )
    const ask = async (path: string, more: Record<string, string>) => {
      const authorization = `Bearer ${world.tokens.otherTeam}`
      const answer = await fetch(`${world.api.url}/api/v1${path}`, { headers: { authorization, ...more } })
      return [answer.status, (await answer.text()).replace(/req_\w+/, '')]
    }
    for (const path of ['/tokens/self', '/users', `/teams/${world.ids.team}`, '/keys']) {
      const plain = await ask(path, {})
      const claimed = await ask(path, headers)
      expect(claimed.map((part) => String(part).replace(/"lastUsedAt":"[^"]*"/, ''))).toEqual(
        plain.map((part) => String(part).replace(/"lastUsedAt":"[^"]*"/, '')),
      )
    }
  })

  test('no operation is for that', () => {
    expect(operations.filter(({ name, path }) => /impersonat|actAs|sudo|assume/i.test(name + path))).toEqual(
      [],
    )
  })
})
