import { expect, test } from 'vitest'
import { meaningOf } from './shortcuts.ts'

const press = (key: string, more: object = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  taken: false,
  ...more,
})
const ON = { afterG: false, letters: true }

test.each([
  ['Ctrl K opens the palette', press('k', { ctrlKey: true }), ON, 'palette'],
  ['also from within a field', press('k', { metaKey: true, taken: true }), ON, 'palette'],
  ['also without single letters', press('K', { ctrlKey: true }), { ...ON, letters: false }, 'palette'],
  ['a letter alone goes nowhere', press('k'), ON, null],
  ['g begins', press('g'), ON, 'g'],
  ['g, then k', press('k'), { ...ON, afterG: true }, { to: '/keys' }],
  ['g, then what no page has', press('z'), { ...ON, afterG: true }, null],
  ['g, then the name of a property of all objects', press('constructor'), { ...ON, afterG: true }, null],
  ['a stroke is for the filter', press('/'), ON, 'filter'],
  ['a question mark is for help', press('?'), ON, 'help'],
  ['what is typed into a field is typed', press('g', { taken: true }), ON, null],
  ['after g as well', press('k', { taken: true }), { ...ON, afterG: true }, null],
  ['with another key it is the browser’s', press('g', { altKey: true }), ON, null],
  ['off is off', press('?'), { ...ON, letters: false }, null],
  ['after g as well', press('k'), { afterG: true, letters: false }, null],
])('%s', (_, pressed, state, meaning) => expect(meaningOf(pressed, state)).toEqual(meaning))
