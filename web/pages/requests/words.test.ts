import { expect, test } from 'vitest'
import { type Request, standing, termsInShort } from './words.ts'

const request = (more: Partial<Request>) =>
  ({
    state: 'pending',
    approvals: { needed: 2, given: 1 },
    until: null,
    decidedAt: null,
    endedAt: null,
    effects: null,
    ...more,
  }) as Request

test.each<[string, Partial<Request>, boolean, string]>([
  ['the last approval', {}, true, 'It takes 2 approvals, and has 1. Yours is the last, and gives it.'],
  [
    'one of several',
    { approvals: { needed: 3, given: 0 } },
    true,
    'It takes 3 approvals, and has none. Yours is one of them.',
  ],
  ['nothing to decide', { approvals: { needed: 1, given: 0 } }, false, 'It takes one approval.'],
  [
    'without an end',
    { state: 'approved', effects: [{ type: 'grant', id: 'g' }] },
    false,
    'Approved. What it gave has no end.',
  ],
])('how a request stands is said in one sentence: %s', (_what, more, mayDecide, sentence) => {
  expect(standing(request(more), mayDecide)).toBe(sentence)
})

test('terms are said in a few words, and none that was not asked for', () => {
  expect(termsInShort({ addUsd: '300', until: '2026-12-01T00:00:00Z' })).toBe('$300.00 more')
  expect(termsInShort({ models: ['gpt-5', 'o4-*'] })).toBe('gpt-5, o4-*')
  expect(termsInShort({})).toBe('')
})
