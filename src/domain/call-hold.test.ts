import { describe, expect, test } from 'vitest'
import type { Budget } from './budget.ts'
import { type CallShape, cutToRoom, leastHold, worstCase } from './call-hold.ts'
import { MODEL_OPERATIONS } from './operations.ts'
import type { ModelPrice } from './pricing.ts'
import { NO_TOOL_USE } from './tool-use.ts'

/** 1 USD per million tokens in and 10 out: 1,000 and 10,000 nano-USD each. */
const price: ModelPrice = {
  version: 'test',
  rates: {
    input: [{ above: 0, nanoPerMillion: 1_000_000_000n }],
    output: [{ above: 0, nanoPerMillion: 10_000_000_000n }],
  },
  modifiers: [],
  contextWindow: 10_000,
  maxOutputTokens: 500,
}

const chat: CallShape = {
  operation: MODEL_OPERATIONS['chat.completions'],
  bytes: 936,
  hasTools: false,
  predicts: false,
  unboundedInput: false,
  outputCap: 100,
  choices: 1,
  images: 0,
  tools: NO_TOOL_USE,
  serviceTier: null,
}
const terms = { price, outputCap: null }

describe('what a call holds', () => {
  test.each<[string, Partial<CallShape>, number | null, bigint]>([
    ['its bytes, 64 for templates, and its own cap', {}, null, 1_000n * 1_000n + 100n * 10_000n],
    ['the maximum of the model without a cap', { outputCap: null }, null, 1_000n * 1_000n + 500n * 10_000n],
    ['no more than the cap of its key', { outputCap: null }, 40, 1_000n * 1_000n + 40n * 10_000n],
    ['the cap once for each choice', { choices: 3 }, null, 1_000n * 1_000n + 300n * 10_000n],
    ['4096 more for tools', { hasTools: true }, null, 5_096n * 1_000n + 100n * 10_000n],
    [
      'the context window where bytes bound nothing',
      { unboundedInput: true },
      null,
      10_000n * 1_000n + 100n * 10_000n,
    ],
    ['predicted text as output', { predicts: true }, null, 1_000n * 1_000n + 1_036n * 10_000n],
    ['nothing for what is free', { operation: MODEL_OPERATIONS.moderations }, null, 0n],
    [
      'no output for vectors',
      { operation: MODEL_OPERATIONS.embeddings, outputCap: null },
      null,
      1_000n * 1_000n,
    ],
  ])('is %s', (_, more, outputCap, expected) => {
    expect(worstCase({ ...chat, ...more }, { price, outputCap }, null).holdNanoUsd).toBe(expected)
  })

  test('counts a quarter of its bytes and its cap against tokens per minute, 1024 without one', () => {
    expect(worstCase(chat, terms, null).holdTokens).toBe(234 + 100)
    expect(worstCase({ ...chat, outputCap: null }, terms, null).holdTokens).toBe(234 + 1024)
  })
})

test('a count of the input lowers it, bytes bound it, and less than its allowance it cannot be', () => {
  const counted = (tokens: number) => worstCase(chat, terms, tokens).holdNanoUsd
  expect([counted(500), counted(5_000)]).toEqual([
    564n * 1_000n + 100n * 10_000n,
    1_000n * 1_000n + 100n * 10_000n,
  ])
  expect(leastHold(chat, terms, worstCase(chat, terms, null))).toBe(64n * 1_000n + 100n * 10_000n)
  const open = { ...chat, outputCap: null }
  expect(leastHold(open, terms, worstCase(open, terms, null))).toBe(64n * 1_000n + 16n * 10_000n)
})

describe('a hold that does not fit', () => {
  const budget = (onShort: Budget['onShort']): Budget => ({
    id: onShort,
    name: onShort,
    scope: { type: 'key', id: 'key' },
    kind: 'hard',
    window: 'day',
    limitNanoUsd: 0n,
    onShort,
    throttleAtPercent: null,
    throttleRequestsPerMinute: null,
    suspendAtPercent: null,
    providerId: null,
    modelPattern: null,
  })
  const open = { ...chat, outputCap: null }
  const cut = (shape: CallShape, budgets: Budget[], left: bigint | null) =>
    cutToRoom(worstCase(shape, terms, null), shape, terms, budgets, () => left)

  test('is cut to what the remainder buys', () => {
    const hold = cut(open, [budget('clamp')], 2_000_000n)
    expect(hold).toMatchObject({ clampedTo: 100, holdNanoUsd: 2_000_000n, holdTokens: 334 })
  })

  test.each<[string, CallShape, Budget[], bigint | null]>([
    ['where the caller set a cap', chat, [budget('clamp')], 1_500_000n],
    ['where one of the budgets says to refuse', open, [budget('clamp'), budget('deny')], 2_000_000n],
    ['where fewer than 16 tokens are left', open, [budget('clamp')], 1_159_999n],
    ['where nothing is short', open, [budget('clamp')], 9_000_000n],
    ['where there is no budget', open, [], null],
  ])('stays whole %s', (_, shape, budgets, left) => {
    expect(cut(shape, budgets, left)).toEqual(worstCase(shape, terms, null))
  })
})
