import { expect, test } from 'vitest'
import { ApiError } from '../../src/contract/client.ts'
import { fieldErrors } from './field-errors.ts'

const refused = (pointers: string[]) =>
  new ApiError(400, {
    code: 'invalid_request',
    errors: pointers.map((pointer) => ({ pointer, detail: `about ${pointer}` })),
  })

test('what is wrong stands at its field, with what is within', () => {
  const { at, other } = fieldErrors(refused(['/body/name', '/body/budgets/0/limitUsd']), ['name', 'budgets'])
  expect(at('name')).toBe('About /body/name.')
  expect(at('budgets')).toBe('About /body/budgets/0/limitUsd.')
  expect(at('tags')).toBeUndefined()
  expect(other).toBeNull()
})

test('what has no field is said at the end', () => {
  const error = refused(['/body/name', '/body/environmentId'])
  expect(fieldErrors(error, ['name']).other).toBe(error)
  const gone = new Error('not reached')
  expect(fieldErrors(gone, ['name']).other).toBe(gone)
})
