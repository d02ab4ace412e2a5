import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { useAddress } from '../../search.ts'
import { Select } from '../../ui/Select.tsx'
import classes from './Controls.module.css'
import { MEASURE_NAMES, MEASURES } from './measures.ts'
import { RANGE_NAMES, RANGES, type Span } from './range.ts'
import { TagName } from './TagName.tsx'
import {
  BUCKET_WORDS,
  BUCKETS,
  DIMENSION_NAMES,
  DIMENSIONS,
  groupName,
  MOST_DAYS_BY_HOUR,
  type View,
} from './view.ts'

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]
const MOST_ZONES_SHOWN = 60

/** The columns are others now, so their order is too. */
const UNSORTED = { sort: undefined, tableOrder: undefined }

/** What is shown: when, what is measured, by what, and where days begin. Each choice is in the address. */
export function Controls({ view, span, timeZone }: { view: View; span: Span; timeZone: string }) {
  const [, setAddress] = useAddress()
  const [first, second] = view.by
  return (
    <div className={classes.controls}>
      <Select
        label="Time"
        data={RANGES.map((value) => ({ value, label: RANGE_NAMES[value] }))}
        value={view.range}
        allowDeselect={false}
        onChange={(range) => {
          const dates = { from: span.days[0], to: span.days.at(-1) }
          const typed = range === 'custom' ? dates : { from: undefined, to: undefined }
          setAddress({ range: range ?? undefined, ...typed }, false)
        }}
      />
      {view.range === 'custom' && (
        <>
          <TextInput
            label="First day"
            type="date"
            value={span.days[0] ?? ''}
            max={span.days.at(-1)}
            onChange={({ currentTarget }) => setAddress({ from: currentTarget.value || undefined })}
          />
          <TextInput
            label="Last day"
            type="date"
            value={span.days.at(-1) ?? ''}
            min={span.days[0]}
            onChange={({ currentTarget }) => setAddress({ to: currentTarget.value || undefined })}
          />
        </>
      )}
      <Select
        label="Measure"
        data={MEASURE_NAMES.map((value) => ({ value, label: MEASURES[value].name }))}
        value={view.measure}
        allowDeselect={false}
        onChange={(measure) => setAddress({ measure: measure ?? undefined, ...UNSORTED }, false)}
      />
      <Grouping
        label="Group by"
        value={first}
        other={second}
        onChange={(by) => setAddress({ by: [by, second].filter(Boolean).join(','), ...UNSORTED }, false)}
      />
      <Grouping
        label="Then by"
        value={second}
        other={first}
        optional
        onChange={(by) => setAddress({ by: [first, by].filter(Boolean).join(','), ...UNSORTED }, false)}
      />
      <Select
        label="Each bar"
        data={[
          { value: '', label: 'As it fits' },
          ...BUCKETS.map((value) => ({
            value,
            label: BUCKET_WORDS[value],
            disabled: value === 'hour' && span.days.length > MOST_DAYS_BY_HOUR,
          })),
        ]}
        value={view.bucket ?? ''}
        allowDeselect={false}
        onChange={(bucket) => setAddress({ bucket: bucket ?? undefined }, false)}
      />
      <Select
        label="Time zone"
        data={ZONES.includes(timeZone) ? ZONES : [timeZone, ...ZONES]}
        value={timeZone}
        allowDeselect={false}
        searchable
        limit={MOST_ZONES_SHOWN}
        onChange={(zone) => setAddress({ zone: zone ?? undefined }, false)}
      />
    </div>
  )
}

const NONE = ''
/** Stands for the tag that is still to be named. */
const A_TAG = 'tag'

function Grouping({
  label,
  value,
  other,
  optional = false,
  onChange,
}: {
  label: string
  value: string | undefined
  other: string | undefined
  optional?: boolean
  onChange: (by: string | undefined) => void
}) {
  const [naming, setNaming] = useState(false)
  const named = value !== undefined && !DIMENSIONS.some((name) => name === value)
  const options = [
    ...(optional ? [{ value: NONE, label: 'Nothing more' }] : []),
    ...DIMENSIONS.filter((name) => name !== other).map((name) => ({
      value: name,
      label: DIMENSION_NAMES[name],
    })),
    ...(named ? [{ value, label: groupName(value) }] : []),
    { value: A_TAG, label: named ? 'Another tag …' : 'A tag …' },
  ]
  return (
    <>
      <Select
        label={label}
        data={options}
        value={naming ? A_TAG : (value ?? NONE)}
        allowDeselect={false}
        onChange={(by) => {
          setNaming(by === A_TAG)
          if (by !== A_TAG) onChange(by || undefined)
        }}
      />
      {naming && (
        <TagName
          onName={(by) => {
            setNaming(false)
            onChange(by)
          }}
        />
      )}
    </>
  )
}
