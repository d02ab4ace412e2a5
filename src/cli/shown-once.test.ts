import { expect, test } from 'vitest'
import { isRepeated } from './shown-once.ts'

test.each<[string, unknown, string[][], boolean]>([
  ['a first answer', { key: { id: 'key_1' }, secret: 'x' }, [['secret']], false],
  ['a first answer to what has no secret', { channel: {}, secret: null }, [['secret']], false],
  ['a repeated answer', { key: { id: 'key_1' } }, [['secret']], true],
  ['a repeated answer, further in', { token: { id: 'tok_1' } }, [['token', 'secret']], true],
  ['a first answer, further in', { token: { secret: 'x' } }, [['token', 'secret']], false],
])('%s is told from a repetition', (_what, answer, paths, repeated) => {
  expect(isRepeated(answer, paths)).toBe(repeated)
})
