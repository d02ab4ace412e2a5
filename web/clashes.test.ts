import { expect, test } from 'vitest'
import { clashesOf, inWords, type Labels, unsaid } from './clashes.ts'
import { writtenIn } from './draft.ts'

type Fields = {
  name: string
  limit: number | null
  tags: string[]
  required: boolean
  kind: 'hard' | 'soft'
  ownerId: string
  note: string
}

const opened: Fields = {
  name: 'Search',
  limit: 5_000,
  tags: ['a'],
  required: false,
  kind: 'hard',
  ownerId: 'usr_1',
  note: 'One line',
}

const labels: Labels<Fields> = {
  name: 'Name',
  limit: 'Calls a minute',
  tags: 'Tags',
  required: 'Keys depend on it',
  kind: inWords('When it is spent', { hard: 'calls are refused', soft: 'calls go on' }),
  ownerId: unsaid('Hand it over to'),
  note: 'Text',
}

test.each<[Partial<Fields>, Partial<Fields>, object[]]>([
  [{ name: 'Mine' }, { name: 'Theirs' }, [{ label: 'Name', values: { saved: 'Theirs', typed: 'Mine' } }]],
  [{ limit: null }, { limit: 6 }, [{ label: 'Calls a minute', values: { saved: '6', typed: 'empty' } }]],
  [{ tags: [] }, { tags: ['b', 'c'] }, [{ label: 'Tags', values: { saved: 'b, c', typed: 'empty' } }]],
  [
    { kind: 'soft' },
    // One that nobody typed in is no clash.
    { kind: 'hard', name: 'Theirs' },
    [],
  ],
  // What is an id or a secret to the API is named, and not shown.
  [{ ownerId: 'usr_2' }, { ownerId: 'usr_3' }, [{ label: 'Hand it over to', values: null }]],
  // Neither is what would not fit, or has lines.
  [{ note: 'x'.repeat(61) }, { note: 'Theirs' }, [{ label: 'Text', values: null }]],
  [{ note: 'a\nb' }, { note: 'Theirs' }, [{ label: 'Text', values: null }]],
  [
    { name: 'Mine', required: true },
    { name: 'Theirs', note: 'Theirs' },
    [{ label: 'Name', values: { saved: 'Theirs', typed: 'Mine' } }],
  ],
])(
  'who typed %j where somebody else saved %j is told each field as the form calls it',
  (mine, theirs, clashes) => {
    expect(clashesOf({ ...opened, ...theirs }, writtenIn(opened, {}, mine), labels)).toEqual(clashes)
  },
)

test('words of a field stand for what the API calls its values', () => {
  const soft: Fields = { ...opened, kind: 'soft' }
  const written = writtenIn(soft, {}, { kind: 'hard' })
  // A third value, as one that a later version has.
  const now = { ...opened, kind: 'other' as 'soft' }
  const known = { ...labels, kind: inWords('Kind', { hard: 'refuse', soft: 'tell', other: 'wait' }) }
  const values = { saved: 'wait', typed: 'refuse' }
  expect(clashesOf(now, written, known)).toEqual([{ label: 'Kind', values }])
})
