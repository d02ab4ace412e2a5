import { expect, test } from 'vitest'
import { OPERATIONS } from '../domain/operations.ts'
import { findOperation, SERVED } from './operations.ts'

test('every operation that policies can name is served', () => {
  expect(new Set(SERVED.map(({ name }) => name))).toEqual(new Set(OPERATIONS))
})

test.each(SERVED.map((operation) => [operation.method, operation.path, operation] as const))(
  '%s %s is found',
  (method, path, operation) => {
    expect(findOperation(method, path.replace('*', 'resp_1'))).toMatchObject({ operation })
  },
)

test.each([
  ['GET', '/v1/models/openai/gpt-5.4', 'openai/gpt-5.4'],
  ['GET', '/v1/responses/resp_0123-abc', 'resp_0123-abc'],
])('%s %s has its id', (method, path, id) => {
  expect(findOperation(method, path)).toMatchObject({ id })
})

test.each([
  '/v1/responses/../models',
  '/v1/responses/.',
  '/v1/responses/a/b',
  '/v1/responses/a%2fb',
  '/v1/responses/',
  '/v1/models/../responses',
  '/v1/models/a/../b',
  '/v1/models/a%2eb',
  '/v1/models/',
  '/v1/chat/completions/',
  '/V1/models',
  '',
])('%j is not served', (path) => {
  for (const method of ['GET', 'POST', 'DELETE']) expect(findOperation(method, path)).toEqual({ allow: [] })
})

test('another method is told which ones there are', () => {
  expect(findOperation('PUT', '/v1/chat/completions')).toEqual({ allow: ['POST'] })
  expect(findOperation('PUT', '/v1/responses/resp_1')).toEqual({ allow: ['GET', 'DELETE'] })
})
