import { ActionIcon, Button, Switch } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { useState } from 'react'
import { usageReport } from '../../../src/contract/usage.ts'
import { q } from '../../api.ts'
import { usd } from '../../format.ts'
import { useNames } from '../../names.ts'
import { useAddress } from '../../search.ts'
import { Select } from '../../ui/Select.tsx'
import classes from './Controls.module.css'
import type { Span } from './range.ts'
import { groupingOf, partsOf } from './rows.ts'
import { TagName } from './TagName.tsx'
import {
  DIMENSION_NAMES,
  DIMENSIONS,
  type Dimension,
  filterOf,
  groupName,
  narrowedBy,
  type View,
} from './view.ts'

/** What is named by itself and has no id. */
const LITERAL: Dimension[] = ['model', 'operation']

/** Stands for the tag that is still to be named. */
const A_TAG = 'tag'

/** What is left out: a chip for each narrowing, and a way to add one; and what it is held against. */
export function Filters({ view, span }: { view: View; span: Span }) {
  const [, setAddress] = useAddress()
  const [adding, setAdding] = useState<string | null>(null)
  const ids = DIMENSIONS.flatMap((name) => (LITERAL.includes(name) ? [] : (view.filter[name] ?? [])))
  const nameOf = useNames(ids)
  const sayValue = (name: string) => {
    const value = view.filter[name as Dimension]
    if (value === undefined) return view.tags[name.slice('tag:'.length)] ?? ''
    return LITERAL.includes(name as Dimension) ? value : nameOf(value)
  }
  const narrowed = narrowedBy(view)
  const open = DIMENSIONS.filter((name) => view.filter[name] === undefined)
  return (
    <div className={classes.filters}>
      {narrowed.map((name) => {
        const text = name === 'priced' ? 'Price: not known' : `${groupName(name)}: ${sayValue(name)}`
        return (
          <span key={name} className={classes.chip}>
            <span>{text}</span>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={`Show more than ${text}`}
              onClick={() => setAddress({ [name]: undefined }, false)}
            >
              <X size={14} aria-hidden />
            </ActionIcon>
          </span>
        )
      })}
      <Select
        aria-label="Add a filter"
        placeholder="Add a filter"
        size="xs"
        w="9.5rem"
        data={[
          ...open.map((value) => ({ value, label: DIMENSION_NAMES[value] })),
          { value: A_TAG, label: 'A tag …' },
        ]}
        value={adding?.startsWith(A_TAG) ? A_TAG : adding}
        onChange={setAdding}
      />
      {adding === A_TAG && (
        <TagName label={undefined} aria-label="Name of the tag" size="xs" w="9.5rem" onName={setAdding} />
      )}
      {adding !== null && adding !== A_TAG && (
        <ValueSelect
          key={adding}
          of={adding}
          view={view}
          span={span}
          onPick={(value) => {
            setAdding(null)
            setAddress({ [adding]: value }, false)
          }}
        />
      )}
      {narrowed.length > 1 && (
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => setAddress(Object.fromEntries(narrowed.map((name) => [name, undefined])), false)}
        >
          Clear filters
        </Button>
      )}
      <Switch
        className={classes.compare}
        label="Compare with the time before"
        checked={view.compare}
        onChange={({ currentTarget }) =>
          setAddress({ compare: currentTarget.checked ? undefined : 'no' }, false)
        }
      />
    </div>
  )
}

const MOST_OPTIONS = 1000
const MOST_SHOWN = 60

/** What there is to choose from: whatever was used in this time, dearest first. */
function ValueSelect({
  of,
  view,
  span,
  onPick,
}: {
  /** A dimension, or `tag:NAME`. */
  of: string
  view: View
  span: Span
  onPick: (value: string) => void
}) {
  const { from, to } = span
  const time = to === undefined ? { from } : { from, to }
  const by = groupingOf([of]).join(',')
  const { data, isPending } = useQuery(
    q(usageReport, { query: { by, ...time, ...filterOf(view), limit: MOST_OPTIONS } }),
  )
  const options = new Map(
    data?.data.flatMap(({ group, costUsd }) => {
      const [part] = partsOf(group, [of], data.names)
      return part?.value ? [[part.value, `${part.name} (${usd(costUsd)})`]] : []
    }),
  )
  return (
    <Select
      aria-label={groupName(of)}
      placeholder={
        isPending
          ? 'Loading'
          : options.size === 0
            ? 'None in this time'
            : `Which ${groupName(of).toLowerCase()}?`
      }
      size="xs"
      w="18rem"
      maw="100%"
      data={[...options].map(([value, label]) => ({ value, label }))}
      value={null}
      searchable
      autoFocus
      limit={MOST_SHOWN}
      nothingFoundMessage="Nothing of that name in this time"
      onChange={(value) => value && onPick(value)}
    />
  )
}
