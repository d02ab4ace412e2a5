import { expect, test } from 'vitest'
import type { KeyExplanation } from '../contract/key-explain.ts'
import { explanationText } from './explain-text.ts'

type Rule = (typeof KeyExplanation)['_zod']['output']['rules'][number]
type Left = NonNullable<Rule['rateLimit']>['left']

const LEFT: [what: string, left: Left, said: string][] = [
  [
    'one gateway knows all',
    { requests: 57, tokens: null, concurrent: 0, inAll: true },
    '57 of 60 requests a minute, 0 of 5 at a time',
  ],
  [
    'one of several knows its share',
    { requests: 17, tokens: null, concurrent: 1, inAll: false },
    'at least 17 of 60 requests a minute, at least 1 of 5 at a time',
  ],
  [
    'one of several that has none left knows nothing of the others',
    { requests: 0, tokens: null, concurrent: null, inAll: false },
    '60 requests a minute, 5 at a time',
  ],
  [
    'who had no call does not know',
    { requests: null, tokens: null, concurrent: null, inAll: true },
    '60 requests a minute, 5 at a time',
  ],
]

test.each(LEFT)('what is left of a rate limit: %s', async (_, left, said) => {
  const text = await explanationText(explanationOf(left), async () => [])
  expect(text).toContain(` ${said} `)
})

function explanationOf(left: Left): (typeof KeyExplanation)['_zod']['output'] {
  return {
    keyId: 'key_1',
    asOf: '2026-11-26T12:00:00.000Z',
    allowed: true,
    refusal: null,
    key: { state: 'active', notBefore: null, expiresAt: null, resumeAt: null, ownerAccessEndsAt: null },
    call: null,
    trainingOverdue: [],
    rules: [
      {
        kind: 'rate-limit',
        id: 'rlm_1',
        scope: { type: 'key', id: 'key_1' },
        allows: null,
        code: null,
        binds: true,
        readable: true,
        policy: null,
        budget: null,
        rateLimit: {
          requestsPerMinute: 60,
          tokensPerMinute: null,
          concurrentCalls: 5,
          left,
          providerId: null,
          modelPattern: null,
        },
      },
    ],
  }
}
