import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { operations } from './all.ts'
import { openapiDocument, printOpenapi } from './openapi.ts'

test('openapi.json says what the contract says (else: npm run gen)', () => {
  expect(readFileSync('openapi.json', 'utf8')).toBe(printOpenapi())
})

test('every operation is described, each under its own name', () => {
  const described = Object.values(openapiDocument().paths).flatMap((path) => Object.values(path))
  expect(described.map(({ operationId }) => operationId).sort()).toEqual(
    operations.map(({ name }) => name).sort(),
  )
})

test('every reference leads to a schema', () => {
  const document = openapiDocument()
  const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)
  const names = new Set([...references].map(([, name]) => name))
  expect(names.size).toBeGreaterThan(5)
  for (const name of names) expect(Object.keys(document.components.schemas)).toContain(name)
})

test('secrets that are shown once are marked', () => {
  const answer = openapiDocument().paths['/v1/tokens']?.post?.responses['201']
  const fields = answer?.content?.['application/json']?.schema.properties
  expect(fields?.secret?.['x-shown-once']).toBe(true)
  expect(fields?.token?.$ref).toBe('#/components/schemas/Token')
})
