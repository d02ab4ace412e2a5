import { expect, test } from 'vitest'
import { day } from '../../format.ts'
import { titleOf } from '../findings/kinds.ts'
import {
  byGravity,
  fromAlerts,
  fromAttestations,
  fromBudgets,
  fromCredentials,
  fromDeliveries,
  fromDocuments,
  fromFindings,
  fromKeysThatEnd,
  type Need,
} from './needs.ts'

type Row<F extends (rows: never[], ...more: never[]) => Need[]> = Parameters<F>[0][number]

const NOW = new Date('2026-11-26T12:00:00Z')
const LATER = '2026-12-01T00:00:00.000Z'
const EARLIER = '2026-11-20T00:00:00.000Z'
const said = (needs: Need[]) => needs.map(({ tone, text }) => `${tone}: ${text}`)

// Each row is what its function looks at, of a row that has more.
const finding = (severity: string, kind = 'odd') =>
  ({ severity, kind, targetId: 'usr_ben', detail: {} }) as Row<typeof fromFindings>
const budget = (name: string, spentUsd: string, standing: string, more: object = {}) =>
  ({
    id: name,
    name,
    kind: 'hard',
    window: { spentUsd, limitUsd: '100', stage: 'open', standing, resetsAt: LATER },
    ...more,
  }) as Row<typeof fromBudgets>
const alert = (budgetId: string, runsOutAt: string | null, windowEndsAt: string | null = LATER) =>
  ({ budgetId, budgetName: budgetId, runsOutAt, windowEndsAt }) as Row<typeof fromAlerts>
const key = (name: string, expiresAt: string | null) =>
  ({ id: name, name, expiresAt }) as Row<typeof fromKeysThatEnd>

test('findings are one line for each severity, with the words of their page, each once and three of them', () => {
  const found = [
    finding('low', 'audit-chain-broken'),
    finding('high', 'refresh-token-reused'),
    finding('high', 'refresh-token-reused'),
    ...['a', 'b', 'c', 'd'].map((kind) => finding('medium', kind)),
  ]
  const needs = fromFindings(found, (one) => titleOf(one, () => 'Ben', 'Acme'))
  expect(said(needs)).toEqual([
    'bad: 2 findings of high severity are open',
    'warn: 4 findings of medium severity are open',
    'quiet: A finding of low severity is open',
  ])
  expect(needs.map(({ note }) => note)).toEqual([
    'A sign-in of Ben was used twice.',
    'a. b. c, and 1 more.',
    'The audit chain is broken.',
  ])
})

test('a budget that is not open is named: what stops calls is worse than what will', () => {
  const soft = budget('soft', '120', 'over', { kind: 'soft' })
  const spent = budget('spent', '100', 'refusing')
  const all = [budget('calm', '79.99', 'open'), budget('near', '80', 'near'), soft, spent]
  expect(said(fromBudgets(all))).toEqual([
    'warn: The budget soft is spent',
    'bad: The budget spent is spent',
    'warn: The budget near is at 80%',
  ])
})

test('a budget begins anew on the day that it is where its days are counted', () => {
  const resetsAt = '2026-11-30T23:00:00.000Z'
  const window = { ...budget('', '100', 'refusing').window, resetsAt }
  const notes = ['Europe/Berlin', 'UTC'].map(
    (timeZone) => fromBudgets([budget('spent', '100', 'refusing', { window, timeZone })])[0]?.note,
  )
  const [there, here] = ['Europe/Berlin', 'UTC'].map((timeZone) => day(resetsAt, timeZone))
  expect(there).not.toBe(here)
  expect(notes).toEqual([`It refuses calls until ${there}.`, `It refuses calls until ${here}.`])
})

test('a forecast counts while its window goes on, once, and not of what is named already', () => {
  const told = fromBudgets([budget('near', '90', 'near')])
  const alerts = [
    alert('near', LATER),
    alert('one', LATER),
    alert('one', LATER),
    alert('over', LATER, EARLIER),
    alert('gone', EARLIER),
    alert('lasts', null),
  ]
  expect(said(fromAlerts(alerts, told, NOW))).toEqual(['warn: The budget one will not last'])
})

test('keys that end: the next first, three of them by name', () => {
  const keys = ['a', 'b', 'c', 'd', 'e'].map((name, i) => key(name, `2026-11-${27 + (i % 4)}T00:00:00.000Z`))
  const needs = fromKeysThatEnd([...keys, key('never', null)], NOW)
  expect(said(needs)).toEqual([
    'warn: The key a ends in 12 hours',
    'warn: The key e ends in 12 hours',
    'warn: The key b ends in 2 days',
    'warn: 2 more keys end soon',
  ])
})

test('a credential that is parked says why, and one without its secret asks for it', () => {
  const row = (name: string, more: object) =>
    ({
      id: name,
      name,
      providerId: 'prv_1',
      state: 'ready',
      parked: null,
      needsSecret: false,
      ...more,
    }) as Row<typeof fromCredentials>
  const parked = row('spent', { state: 'parked', parked: { reason: 'The account is spent.' } })
  const needs = fromCredentials([row('calm', {}), parked, row('lost', { needsSecret: true })], () => 'openai')
  expect(said(needs)).toEqual([
    'bad: The credential openai/spent is parked',
    'warn: The credential openai/lost needs its secret again',
  ])
  expect(needs[0]?.note).toBe('The account is spent.')
})

test('a delivery waits while it can be opened', () => {
  const row = (id: string, more: object) =>
    ({ id, keyName: id, openedAt: null, voidedAt: null, expiresAt: LATER, ...more }) as Row<
      typeof fromDeliveries
    >
  const all = [
    row('here', {}),
    row('opened', { openedAt: EARLIER }),
    row('void', { voidedAt: EARLIER }),
    row('late', { expiresAt: EARLIER }),
  ]
  expect(said(fromDeliveries(all, NOW))).toEqual(['warn: The key here waits for you to open it'])
})

test('what has to be read and is late is bad, what may be read is quiet', () => {
  const row = (title: string, required: boolean, overdue: boolean) =>
    ({ documentId: title, title, required, overdue, dueBy: required ? LATER : null }) as Row<
      typeof fromDocuments
    >
  expect(said(fromDocuments([row('a', true, true), row('b', true, false), row('c', false, false)]))).toEqual([
    'bad: Read “a”',
    'warn: Read “b”',
    'quiet: Read “c”',
  ])
})

test('my own keys are asked about by name, those of others are counted', () => {
  const row = (keyName: string, ownerUserId: string | null) =>
    ({ keyId: keyName, keyName, ownerUserId, suspended: false }) as Row<typeof fromAttestations>
  expect(
    said(
      fromAttestations([row('mine', 'usr_me'), row('theirs', 'usr_other'), row('nobody', null)], 'usr_me'),
    ),
  ).toEqual([
    'warn: Say whether the key mine is still needed',
    'quiet: Nobody has said whether 2 keys are still needed',
  ])
  expect(said(fromAttestations([row('nobody', null)], null))).toEqual([
    'quiet: Nobody has said whether a key is still needed',
  ])
})

test('the gravest stands first, and the rest as it came', () => {
  const need = (id: string, tone: Need['tone']): Need => ({ id, tone, text: id, at: { to: '/' } })
  const sorted = byGravity([need('a', 'quiet'), need('b', 'warn'), need('c', 'bad'), need('d', 'warn')])
  expect(sorted.map(({ id }) => id)).toEqual(['c', 'b', 'd', 'a'])
})
