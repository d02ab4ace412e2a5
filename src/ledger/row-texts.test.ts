import { expect, test } from 'vitest'
import { arrayOf, type KeptText, RowTexts } from './row-texts.ts'

test('texts stay what they are while others are let go of, however large and in whatever language', () => {
  const texts = new RowTexts()
  const kept: { text: string; at: KeptText }[] = []
  for (let i = 0; i < 20_000; i++) {
    const text = JSON.stringify({ i, text: 'é€😀'.repeat(i % 5_000 === 0 ? 200_000 : i % 40) })
    kept.push({ text, at: texts.keep(text) })
    // The oldest go first, as rows do, but for a few that wait longer.
    const [oldest] = kept.length > 500 ? kept.splice(i % 7 === 0 ? 100 : 0, 1) : []
    if (oldest) texts.letGo(oldest.at)
  }
  expect(kept.length).toBeGreaterThan(400)
  for (const { text, at } of kept) expect(String(arrayOf([at]))).toBe(`[${text}]`)
  expect(String(arrayOf(kept.map(({ at }) => at)))).toBe(`[${kept.map(({ text }) => text).join(',')}]`)
})

test('an array stays what it is when its texts are let go of', () => {
  const texts = new RowTexts()
  const at = texts.keep('{"a":1}')
  const array = arrayOf([at])
  texts.letGo(at)
  texts.keep('{"b":2}')
  expect(String(array)).toBe('[{"a":1}]')
})
