import { expect, test } from 'vitest'
import { csvLine } from './csv.ts'

test.each<[string | number | boolean | null, string]>([
  ['plain', 'plain'],
  [null, ''],
  [-5, '-5'],
  [true, 'true'],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  ['=1+1', "'=1+1"],
  ['+49 30', "'+49 30"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['\r=1', `"'\r=1"`],
  ['=HYPERLINK("https://example.com","x")', `"'=HYPERLINK(""https://example.com"",""x"")"`],
])('the cell %j is written %j, which no spreadsheet computes', (value, written) => {
  expect(csvLine([value, 'next'])).toBe(`${written},next\r\n`)
})
