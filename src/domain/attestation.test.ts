import { expect, test } from 'vitest'
import { type AttestationStep, attestationStep } from './attestation.ts'

const day = (n: number) => new Date(Date.UTC(2026, 2, n))
const due = { dueAt: day(20), graceDays: 7 }

test.each<[string, number, number | null, number, AttestationStep]>([
  ['two weeks before is early enough', 0, null, 5, null],
  ['two weeks before', 0, null, 6, { step: 'ask', notices: 1 }],
  ['asked once is enough until three days before', 1, 6, 16, null],
  ['three days before', 1, 6, 17, { step: 'ask', notices: 2 }],
  ['on the day', 2, 17, 20, { step: 'ask', notices: 3 }],
  ['in the grace days', 3, 20, 26, null],
  ['after them', 3, 20, 27, { step: 'suspend' }],
  ['nobody asked for long: once, for all', 0, null, 40, { step: 'ask', notices: 3 }],
  ['then the grace days count from that notice', 3, 40, 46, null],
  ['and end', 3, 40, 47, { step: 'suspend' }],
  ['never without having asked to the end', 2, 17, 19, null],
])('%s', (_, notices, noticed, today, expected) => {
  const noticedAt = noticed === null ? null : day(noticed)
  expect(attestationStep({ ...due, notices, noticedAt }, day(today))).toEqual(expected)
})
