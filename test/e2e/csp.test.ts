import { expect, test } from 'vitest'
import { openDashboard } from './dashboard.ts'
import { VISITS } from './visits.ts'

const acme = openDashboard()

test.each(VISITS)('the policy of $name allows no script of a stranger', async ({ address }) => {
  const { headers } = await fetch(`${acme.world.url}${address(acme.world)}`)
  const directives = directivesOf(headers.get('content-security-policy') ?? '')
  const scripts = directives['script-src'] ?? directives['default-src'] ?? '*'
  expect(scripts).not.toMatch(/unsafe|\*|https?:|data:|blob:/)
  expect(directives['default-src']).toBe("'none'")
  expect(directives['frame-ancestors']).toBe("'none'")
  expect(directives['base-uri'] ?? "'none'").toBe("'none'")
})

test('the browser runs no script that is not a file of ours, and sends nothing elsewhere', async () => {
  await using tab = await acme.tabOf('owner', '/')
  const { page, troubles } = tab
  expect(await troubles()).toEqual([])
  await page.evaluate(`{
    const inline = document.createElement('script')
    inline.textContent = 'globalThis.__inline = true'
    document.head.append(inline)
    const elsewhere = document.createElement('script')
    elsewhere.src = 'https://elsewhere.example/script.js'
    document.head.append(elsewhere)
    document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="globalThis.__handler = true">')
    fetch('https://elsewhere.example/').catch(() => {})
    setTimeout('globalThis.__text = true')
  }`)
  const refused: string[] = []
  const directives = async () => {
    refused.push(...(await troubles()).filter((trouble) => trouble.startsWith('refused: ')))
    return refused.map((line) => line.split(' ')[1])
  }
  await expect
    .poll(directives)
    .toEqual(expect.arrayContaining(['connect-src', 'script-src', 'script-src-attr', 'script-src-elem']))
  expect(
    await page.evaluate(
      '[globalThis.__inline ?? null, globalThis.__handler ?? null, globalThis.__text ?? null]',
    ),
  ).toEqual([null, null, null])
})

function directivesOf(policy: string): Record<string, string> {
  return Object.fromEntries(
    policy.split(';').map((directive) => {
      const [name = '', ...values] = directive.trim().split(/\s+/)
      return [name, values.join(' ')]
    }),
  )
}
