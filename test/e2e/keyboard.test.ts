import { expect, test } from 'vitest'
import { PASSWORD } from '../people.ts'
import { copied } from './copied.ts'
import { openDashboard } from './dashboard.ts'
import { gone } from './gone.ts'
import { keyboardOf } from './keyboard.ts'

const acme = openDashboard()

/** What the gateway says to a key. */
const statusOf = async (secret: string) => {
  const headers = { authorization: `Bearer ${secret}` }
  return (await fetch(`${acme.world.url}/v1/models`, { headers })).status
}

test('a key is created, copied, rotated and revoked with the keyboard alone', async () => {
  await using tab = await acme.tabOf('owner', '/keys')
  const { page, settled, troubles } = tab
  const { press, type, tabTo, choose, finds } = keyboardOf(page)
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true })
  const dialog = page.getByRole('dialog')
  const inDialog = (name: string) => dialog.getByRole('button', { name, exact: true })
  /** Copies what the dialog shows once, and closes it. */
  const takeSecret = async () => {
    await finds(inDialog('Copy'))
    const secret = await copied(page, () => press('Enter'))
    await choose(inDialog('I have saved it'))
    await gone(dialog)
    return secret
  }

  await choose(button('Create key'))
  await finds(dialog.getByRole('textbox', { name: /^Name/ }))
  await type('keyboard-only')
  for (const [label, word] of [
    ['Team', 'Search'],
    ['Project', 'Ranking lab'],
  ] as const) {
    await tabTo(dialog.getByRole('combobox', { name: label }))
    await type(word)
    await page.getByRole('option', { name: word }).waitFor()
    await press('ArrowDown')
    await press('Enter')
  }
  await tabTo(dialog.getByRole('radio', { name: /development/ }))
  await press('Space')
  await choose(inDialog('Create key'))
  const secret = await takeSecret()
  expect(secret).toMatch(/^sk-cvg-dev-/)
  expect(await statusOf(secret)).toBe(200)

  await settled()
  await choose(page.getByRole('link', { name: 'keyboard-only' }))
  await page.getByRole('heading', { level: 1, name: 'keyboard-only' }).waitFor()
  await settled()
  await choose(button('Rotate'))
  await finds(inDialog('Cancel'))
  await choose(inDialog('Rotate'))
  await finds(dialog.getByRole('textbox', { name: 'Your password' }))
  await type(PASSWORD)
  await press('Enter')
  const rotated = await takeSecret()
  expect(rotated).not.toBe(secret)
  expect([await statusOf(rotated), await statusOf(secret)]).toEqual([200, 200])

  await settled()
  await choose(button('Revoke'))
  await finds(inDialog('Cancel'))
  await tabTo(dialog.getByRole('textbox', { name: 'Reason' }))
  await type('Was only for trying')
  // It was used, so its name has to be typed.
  await tabTo(dialog.getByRole('textbox', { name: /^Type keyboard-only/ }))
  await type('keyboard-only')
  await choose(inDialog('Revoke'))
  await gone(dialog)
  await expect.poll(() => statusOf(rotated)).toBe(401)
  // That it has to be confirmed is an answer of 403, which browsers write down.
  expect(await troubles({ refused: true })).toEqual([])
})

test('of a field with a choice, the keys go on from what is chosen, and it says whether it is open', async () => {
  await using tab = await acme.tabOf('owner', '/access-log')
  const { page, troubles } = tab
  const { press, tabTo } = keyboardOf(page)
  const range = page.getByRole('combobox', { name: 'Range' })
  await tabTo(range)
  expect(await range.inputValue()).toBe('Last 24 hours')
  expect(await range.getAttribute('aria-expanded')).toBe('false')

  await press('ArrowDown')
  await page.getByRole('option', { name: 'Last 24 hours' }).waitFor()
  await expect.poll(() => range.getAttribute('aria-expanded')).toBe('true')
  const list = page.getByRole('listbox', { name: 'Range' })
  expect(await range.getAttribute('aria-controls')).toBe(await list.getAttribute('id'))

  await press('ArrowDown')
  await press('Enter')
  await expect.poll(() => range.inputValue()).toBe('Last 7 days')
  await expect.poll(() => range.getAttribute('aria-expanded')).toBe('false')
  expect(await troubles()).toEqual([])
})
