import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const tokensIn = (path: string) => {
  const text = readFileSync(join(import.meta.dirname, path), 'utf8')
  return new Map(
    Array.from(text.matchAll(/^ {2}(--[\w-]+):\s*([^;]+);/gm), ([, name, value]) => [name, value]),
  )
}

test('the pages that run nothing speak the language of the dashboard', () => {
  const dashboard = tokensIn('../../../web/tokens.css')
  const pages = tokensIn('pages.css')
  expect(pages.size).toBeGreaterThan(20)
  for (const [name, value] of pages) expect([name, value]).toEqual([name, dashboard.get(name)])
})
