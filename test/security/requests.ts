import { expect } from 'vitest'
import type { GatewayWorld } from '../gateway-world.ts'
import { type RawAnswer, request, sendRaw } from './raw-client.ts'

export const CHAT = '/v1/chat/completions'
export const BODY = JSON.stringify({
  model: 'gpt-5.4',
  messages: [{ role: 'user', content: 'Hi' }],
  max_completion_tokens: 50,
})

/** A case of `reference/security.md`, section 4.1: its number there, what is sent, and what must come back. */
export type Row = {
  test: number
  name: string
  bytes: string
  /** The statuses of all answers, in order. None: the connection just ends. */
  answers: number[]
  /** True when the connection must not be used again. */
  closes?: true
  /** How often the provider is called: not at all, unless it says so. */
  calls?: number
}

/** Sends a row, and checks what came back, what the provider saw, and that the server still serves. */
export async function expectRow(world: GatewayWorld, row: Row): Promise<RawAnswer> {
  world.fake.reset()
  const answer = await sendRaw(world.url, row.bytes)
  expect(answer.statuses).toEqual(row.answers)
  if (row.closes) expect(answer.closed).toBe(true)
  expect(world.fake.calls).toHaveLength(row.calls ?? 0)
  await expectServes(world)
  return answer
}

export async function expectServes(world: GatewayWorld): Promise<void> {
  world.fake.reset()
  expect((await world.post(CHAT, BODY)).status).toBe(200)
  expect(world.fake.calls).toHaveLength(1)
  expect((await fetch(`${world.url}/livez`)).status).toBe(200)
}

/** Header lines of a good call, which rows change. */
export function goodLines(world: GatewayWorld): string[] {
  return ['host: x', `authorization: Bearer ${world.key.secret}`, 'content-type: application/json']
}

/** A whole good call: what attackers hide behind or inside another request. */
export function goodCall(world: GatewayWorld): string {
  return request(`POST ${CHAT} HTTP/1.1`, [...goodLines(world), `content-length: ${BODY.length}`], BODY)
}
