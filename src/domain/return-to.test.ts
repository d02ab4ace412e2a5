import { expect, test } from 'vitest'
import { safeReturnTo } from './return-to.ts'

test.each([
  ['/account', '/account'],
  ['/device?code=ABCD-EFGH', '/device?code=ABCD-EFGH'],
  ['', '/account'],
  ['account', '/account'],
  ['//evil.example', '/account'],
  ['/\\evil.example', '/account'],
  ['\\\\evil.example', '/account'],
  ['https:evil.example', '/account'],
  ['https://evil.example/', '/account'],
  ['javascript:alert(1)', '/account'],
  ['/%2f%2fevil.example', '/%2f%2fevil.example'],
  ['/a/..//evil.example', '/account'],
  ['/./\\evil.example', '/account'],
  ['/a\r\nset-cookie: a=b', '/account'],
  ['/a\tb', '/account'],
  ['/ä', '/account'],
])('32: %j leads to %j', (text, location) => {
  expect(safeReturnTo(text)).toBe(location)
})
