import { expect, test } from 'vitest'
import { nearestName } from './nearest-name.ts'

const KNOWN = ['CLAVIGER_ROOT_KEY', 'CLAVIGER_HOST', 'CLAVIGER_PORT']

test.each([
  ['a letter less', 'CLAVIGER_ROOTKEY', 'CLAVIGER_ROOT_KEY'],
  ['a letter more', 'CLAVIGER_HOSTS', 'CLAVIGER_HOST'],
  ['another letter', 'CLAVIGER_PART', 'CLAVIGER_PORT'],
  ['nothing like it', 'CLAVIGER_FAVOURITE_COLOUR', null],
])('%s: %s', (_, name, meant) => {
  expect(nearestName(name, KNOWN)).toBe(meant)
})
