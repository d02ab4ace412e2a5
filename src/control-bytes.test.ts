import { expect, test } from 'vitest'
import { hasControl } from './control-bytes.ts'

test('a control character is found wherever it stands, and nothing else is taken for one', () => {
  const memory = Buffer.alloc(40)
  const wrong: string[] = []
  for (let offset = 0; offset < 5; offset++) {
    for (let length = 0; length < 20; length++) {
      const bytes = memory.subarray(offset, offset + length)
      for (let at = 0; at < length; at++) {
        for (let value = 0; value < 256; value++) {
          for (const around of [0x20, 0x7f, 0x80, 0x9f, 0xff]) {
            memory.fill(around)
            bytes[at] = value
            if (hasControl(bytes) !== value < 0x20)
              wrong.push(`${value} among ${around}, byte ${at} of ${length} from ${offset}`)
          }
        }
      }
    }
  }
  expect(wrong).toEqual([])
  for (let offset = 0; offset < 5; offset++) expect(hasControl(memory.subarray(offset, offset))).toBe(false)
})
