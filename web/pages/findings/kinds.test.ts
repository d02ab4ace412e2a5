import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { byGravity, type Finding, kindOf, kindsToChoose, kindWords, seenIn, subjectOf } from './kinds.ts'

const finding = (more: Partial<Finding>) =>
  ({
    kind: 'x',
    severity: 'low',
    targetId: 'org_1',
    detail: {},
    firstSeenAt: '2026-01-01',
    ...more,
  }) as Finding

test('every finding that the product raises is explained', () => {
  const code = globSync('src/**/*.ts')
    .filter((path) => !path.endsWith('.test.ts'))
    .map((path) => readFileSync(path, 'utf8'))
    .filter((text) => /raiseFinding\(|upsertFinding\(|finding: '/.test(text))
    .join('\n')
  const kinds = [...code.matchAll(/(?:kind|finding): '([a-z]+(?:-[a-z]+)+)'/g)].map(([, kind = '']) => kind)
  expect(kinds.length).toBeGreaterThan(7)
  expect(kinds.filter((kind) => kindOf(finding({ kind })).means === '')).toEqual([])
})

test('a kind is said as its findings are, whatever they are about', () => {
  expect(kindWords('key-known-to-leaver')).toBe('Somebody who left knows the key …')
  expect(kindWords('not-known-here')).toBe('not known here')
  // As the address may say, whatever objects have of their own accord.
  expect(kindWords('constructor')).toBe('constructor')
})

test('the gravest come first, and of those the oldest', () => {
  const [low, old, fresh] = [
    finding({ severity: 'low', firstSeenAt: '2026-01-01' }),
    finding({ severity: 'high', firstSeenAt: '2026-01-02' }),
    finding({ severity: 'high', firstSeenAt: '2026-01-03' }),
  ]
  expect([low, fresh, old].sort(byGravity)).toEqual([old, fresh, low])
})

test('what a finding is about is the key or the person, where it tells of one', () => {
  expect(subjectOf(finding({ targetId: 'dlv_1', detail: { keyId: 'key_1' } }))).toBe('key_1')
  expect(subjectOf(finding({ targetId: 'usr_1', detail: { keyId: 'key_1' } }))).toBe('usr_1')
  expect(subjectOf(finding({ targetId: 'org_1', detail: {} }))).toBe('org_1')
  expect(
    seenIn(finding({ detail: { formerOwnerId: 'usr_1', ip: null, advice: 'Rotate', userAgent: 'x' } })),
  ).toEqual([
    { label: 'Former owner', value: 'usr_1' },
    { label: 'User agent', value: 'x' },
  ])
})

test('each kind can be chosen once, also one that only the address knows', () => {
  const known = kindsToChoose(undefined)
  expect(kindsToChoose('passkey-copied')).toEqual(known)
  const also = { value: 'not-known-here', label: 'not known here' }
  expect(kindsToChoose('not-known-here')).toEqual(expect.arrayContaining([...known, also]))
  expect(kindsToChoose('not-known-here')).toHaveLength(known.length + 1)
})
