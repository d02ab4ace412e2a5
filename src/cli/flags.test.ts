import { expect, test } from 'vitest'
import { z } from 'zod'
import { Id, ScopeSchema, Tags, Timestamp } from '../contract/fields.ts'
import { flagsOf, secretPaths } from './flags.ts'

const flag = (field: z.ZodType, name = 'field') => flagsOf(z.strictObject({ [name]: field }))[0]

test.each([
  ['a text', 'displayName', z.string(), { name: 'display-name', kind: { type: 'text' } }],
  ['a choice', 'kind', z.enum(['a', 'b']), { kind: { type: 'choice', choices: ['a', 'b'] } }],
  ['a number', 'weight', z.int().min(1).max(9), { kind: { type: 'number' }, description: '1 to 9' }],
  ['a yes or no', 'archived', z.boolean(), { kind: { type: 'boolean' } }],
  [
    'an id goes by its noun',
    'environmentId',
    Id,
    { name: 'environment', kind: { type: 'id', noun: 'environment' } },
  ],
  [
    'ids are a list',
    'credentialIds',
    z.array(Id),
    { name: 'credential', list: true, kind: { type: 'id', noun: 'credential' } },
  ],
  ['an id of nothing we can look up', 'targetId', z.string(), { name: 'target-id', kind: { type: 'text' } }],
  ['a moment goes without its At', 'expiresAt', Timestamp, { name: 'expires', kind: { type: 'time' } }],
  ['seconds are a duration', 'graceSeconds', z.int(), { name: 'grace', kind: { type: 'seconds' } }],
  ['texts are a list in the singular', 'models', z.array(z.string()), { name: 'model', list: true }],
  ['a list that can be cleared', 'models', z.array(z.string()).nullable(), { list: true, nullable: true }],
  ['names with values', 'tags', Tags.default({}), { name: 'tag', kind: { type: 'pairs' }, required: false }],
  ['a scope', 'scope', ScopeSchema, { name: 'scope', kind: { type: 'scope' } }],
  [
    'things',
    'budgets',
    z.array(z.strictObject({ a: z.string() })),
    { name: 'budgets', kind: { type: 'json' } },
  ],
])('%s', (_, name, field, expected) => {
  expect(flag(field, name)).toMatchObject({ path: [name], required: true, ...expected })
})

test('a field may be left out when it is optional or has a default, which the description tells', () => {
  expect(flag(z.string().optional())).toMatchObject({ required: false })
  expect(flag(z.int().default(5).describe('how many'))).toMatchObject({
    required: false,
    description: 'how many (default 5)',
  })
})

test('fields of an object in the input become dotted flags, none of them required', () => {
  const flags = flagsOf(
    z.strictObject({ rateLimit: z.strictObject({ perMinute: z.int(), teamId: Id }).optional() }),
  )
  expect(flags.map(({ name, path, required }) => ({ name, path, required }))).toEqual([
    { name: 'rate-limit.per-minute', path: ['rateLimit', 'perMinute'], required: false },
    { name: 'rate-limit.team', path: ['rateLimit', 'teamId'], required: false },
  ])
})

test('a secret is found wherever it is in the input', () => {
  const secret = z.string().meta({ secret: true })
  expect(flag(secret)).toMatchObject({ secret: true })
  expect(flag(secret.optional())).toMatchObject({ secret: true })
  expect(flag(z.array(z.strictObject({ id: Id, secret })))).toMatchObject({ secret: true })
  expect(flag(z.string())).toMatchObject({ secret: false })
})

test('a secret is found in an answer, also behind a schema that has a name', () => {
  const Sealed = z.object({ secret: z.string().meta({ secret: true }) }).meta({ id: 'Sealed' })
  expect(
    secretPaths(z.object({ key: z.object({ id: Id }), secret: z.string().meta({ secret: true }) })),
  ).toEqual([['secret']])
  expect(secretPaths(z.object({ sealed: Sealed }))).toEqual([['sealed', 'secret']])
  expect(secretPaths(z.object({ id: Id }))).toEqual([])
})
