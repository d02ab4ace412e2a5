import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from './browser.ts'
import { type DashboardWorld, dashboardWorld } from './dashboard-world.ts'
import { VISITS } from './visits.ts'
import { watchedPage } from './watched-page.ts'

let world: DashboardWorld
let browser: Browser
beforeAll(async () => {
  world = await dashboardWorld()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

test.each(VISITS)('the policy of $name allows no script of a stranger', async ({ address }) => {
  const { headers } = await fetch(`${world.url}${address(world)}`)
  const directives = directivesOf(headers.get('content-security-policy') ?? '')
  const scripts = directives['script-src'] ?? directives['default-src'] ?? '*'
  expect(scripts).not.toMatch(/unsafe|\*|https?:|data:|blob:/)
  expect(directives['default-src']).toBe("'none'")
  expect(directives['frame-ancestors']).toBe("'none'")
  expect(directives['base-uri'] ?? "'none'").toBe("'none'")
})

test('the browser runs no script that is not a file of ours, and sends nothing elsewhere', async () => {
  await using context = await browser.newContext()
  await world.signIn(context, 'owner')
  const { page, open, troubles } = await watchedPage(context)
  await open(world.url)
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
    .poll(directives, { timeout: 10_000 })
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
