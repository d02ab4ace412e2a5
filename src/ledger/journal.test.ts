import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  callRequest,
  ledgerWorld,
  makeBudget,
  mustAdmit,
  outcome,
  until,
  windowOf,
} from '../../test/ledger.ts'
import { createLog } from '../log.ts'
import { type Entry, type Journal, openJournal } from './journal.ts'

test('what is appended in one turn is in the file when the turn is written', async () => {
  const { journal, directory } = openTestJournal()
  const admissions = ['a', 'b', 'c'].map((id) => admitted(id))
  const turns = admissions.map((entry) => journal.append(entry))
  expect(new Set(turns).size, 'one write for all').toBe(1)
  await turns[0]?.written
  expect(readFileSync(segment(directory, 1), 'utf8')).toBe(
    '{"admitted":{"id":"a"}}\n{"admitted":{"id":"b"}}\n{"admitted":{"id":"c"}}\n',
  )
})

test('a segment is deleted when it is full and nothing in it is waited for', async () => {
  const { journal, directory } = openTestJournal(60)
  const entries = ['a', 'b', 'c', 'd', 'e'].map((id) => admitted(id))
  for (const entry of entries) await journal.append(entry).written
  expect(readdirSync(directory)).toHaveLength(2)
  const marks = entries.map((entry) => entry.segment)
  for (const mark of marks.slice(0, 2)) if (mark) journal.done(mark)
  expect(readdirSync(directory), 'one of three still waits').toHaveLength(2)
  if (marks[2]) journal.done(marks[2])
  expect(readdirSync(directory)).toEqual(['0000000002.ndjson'])
  for (const mark of marks.slice(3)) if (mark) journal.done(mark)
  expect(readdirSync(directory), 'the one being written stays').toHaveLength(1)
  journal.close()
  expect(readdirSync(directory)).toEqual([])
})

test('on a full disk admissions are lost at once, and rows go on without a line', async () => {
  const { journal, directory } = openTestJournal()
  symlinkSync('/dev/full', segment(directory, 1))
  let lost = 0
  const turn = journal.append({ ...admitted('a'), lose: () => lost++ })
  const landed: unknown[] = []
  const row: Entry = {
    kind: 'settled',
    fields: '"id":"b"',
    ended: '"status":200',
    cost: 1n,
    windows: [],
    settledAtMs: 0,
    admitted: { segment: null },
    land: (row, written) =>
      landed.push([
        row.fields,
        written?.segment.number,
        written && String(written.bytes.subarray(written.from, written.to)),
      ]),
  }
  journal.append(row)
  await expect(turn.written).rejects.toMatchObject({ code: 'ENOSPC' })
  expect(lost).toBe(1)
  expect(landed).toEqual([['"id":"b"', undefined, null]])
  expect(journal.writable()).toBe(false)
  await until(() => journal.writable(), 'the journal heals by itself')
  expect(readdirSync(directory)).toEqual(['0000000002.ndjson'])
  await journal.append(row).written
  expect(landed.at(-1)).toEqual(['"id":"b"', 2, '{"id":"b","status":200}'])
  expect(readFileSync(segment(directory, 2), 'utf8')).toBe(
    '{"admittedIn":2,"settled":{"id":"b","status":200}}\n',
  )
})

test('with a full disk a call is refused and holds nothing, and calls go on when there is room again', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const budget = await makeBudget(world.db, { limitNanoUsd: 100n })
  await ledger.prepare([budget], 0n)
  symlinkSync('/dev/full', segment(join(world.dataDir, 'journal'), 1))
  const request = callRequest({ budgets: [budget], holdNanoUsd: 40n })
  const admission = mustAdmit(ledger, request)
  await expect(ledger.journaled(admission)).rejects.toMatchObject({ code: 'ENOSPC' })
  expect(ledger.room([budget])).toBe(100n)
  ledger.settle(admission, outcome({ costNanoUsd: 40n }))
  expect(ledger.room([budget]), 'it never went upstream').toBe(100n)
  expect(ledger.admit(request)).toMatchObject({ refused: 'unavailable' })
  expect(ledger.health()).toMatchObject({ journalWritable: false, openCalls: 0 })

  await until(() => ledger.health().journalWritable, 'the journal heals by itself')
  const next = mustAdmit(ledger, request)
  await ledger.journaled(next)
  ledger.settle(next, outcome({ costNanoUsd: 30n }))
  await until(() => ledger.health().backlogRows === 0, 'the usage is booked')
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 30n })
})

test('a torn last line was never answered for, and a damaged one is kept for a person', async () => {
  await using world = await ledgerWorld()
  const directory = join(world.dataDir, 'journal')
  const first = await world.open()
  const admission = mustAdmit(first, callRequest())
  await first.journaled(admission)
  const [name = ''] = readdirSync(directory)
  const whole = readFileSync(join(directory, name), 'utf8')
  await first.close(1_000)

  renameSync(join(directory, name), segment(directory, 7))
  appendFileSync(segment(directory, 7), whole.slice(0, 40))
  writeFileSync(segment(directory, 8), `${whole.slice(0, 40)}\n`)
  const second = await world.open()
  const rows = await world.db.selectFrom('usage').select(['id', 'estimated']).execute()
  expect(rows).toEqual([{ id: admission.id, estimated: true }])
  await second.close(1_000)
  expect(readdirSync(directory)).toEqual(['0000000008.ndjson'])
  expect(world.logged.join('')).toContain('a line of the journal is damaged')
})

test('a segment in which a crash left no whole line is deleted by the next start', async () => {
  await using world = await ledgerWorld()
  const directory = join(world.dataDir, 'journal')
  mkdirSync(directory)
  writeFileSync(segment(directory, 1), '')
  writeFileSync(segment(directory, 2), '{"admitted":{"id":"use_1"')
  await world.open()
  expect(readdirSync(directory)).toEqual([])
})

function openTestJournal(segmentBytes?: number): { journal: Journal; directory: string } {
  const directory = mkdtempSync(join(tmpdir(), 'claviger-journal-'))
  const log = createLog({ logLevel: 'silent' }, () => {})
  const journal = openJournal(directory, log, { segmentBytes })
  onTestFinished(() => {
    journal.close()
    rmSync(directory, { recursive: true, force: true })
  })
  return { journal, directory }
}

function admitted(id: string): Entry & { kind: 'admitted' } {
  return { kind: 'admitted', fields: `"id":"${id}"`, segment: null, lose: () => {} }
}

function segment(directory: string, number: number): string {
  return join(directory, `${String(number).padStart(10, '0')}.ndjson`)
}
