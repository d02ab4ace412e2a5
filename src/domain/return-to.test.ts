import { expect, test } from 'vitest'
import { safeReturnTo } from './return-to.ts'

test.each([
  ['/profile', '/profile'],
  ['/device?code=ABCD-EFGH', '/device?code=ABCD-EFGH'],
  ['', '/'],
  ['account', '/'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['\\\\evil.example', '/'],
  ['https:evil.example', '/'],
  ['https://evil.example/', '/'],
  ['javascript:alert(1)', '/'],
  ['/%2f%2fevil.example', '/%2f%2fevil.example'],
  ['/a/..//evil.example', '/'],
  ['/./\\evil.example', '/'],
  ['/a\r\nset-cookie: a=b', '/'],
  ['/a\tb', '/'],
  ['/ä', '/'],
])('32: %j leads to %j', (text, location) => {
  expect(safeReturnTo(text)).toBe(location)
})
