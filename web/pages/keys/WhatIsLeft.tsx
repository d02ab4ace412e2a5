import { useQuery } from '@tanstack/react-query'
import { keyExplain } from '../../../src/contract/key-explain.ts'
import { q } from '../../api.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { Meter } from '../../ui/Meter.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import classes from './keys.module.css'
import type { Key, NameOf } from './Place.tsx'
import { LEVELS, type Rule, wordsOfRule } from './rule-words.ts'

/** How a key stands, without a call: asked wherever it is shown, once. */
export function explainedOf(keyId: string) {
  return q(keyExplain, { params: { keyId }, body: {} })
}

/** Every rule that applies to a key, which level says it, and what is left of it. */
export function WhatIsLeft({ of: key, nameOf }: { of: Key; nameOf: NameOf }) {
  const explained = useQuery(explainedOf(key.id))
  return (
    <Region of={explained}>
      {({ rules }) =>
        rules.length > 0 ? (
          <Rules label="Rules that apply" rules={rules} nameOf={nameOf} />
        ) : (
          <Empty title="Nothing limits this key">
            <p>Neither it nor anything around it has a policy, a budget or a rate limit.</p>
          </Empty>
        )
      }
    </Region>
  )
}

export function Rules({ label, rules, nameOf }: { label: string; rules: Rule[]; nameOf: NameOf }) {
  const rows = rules.map((rule, place) => ({ ...rule, place: String(place) }))
  return <DataTable label={label} rows={rows} columns={columnsWith(nameOf)} rowId={({ place }) => place} />
}

const KINDS: Record<Rule['kind'], string> = {
  policy: 'Policy',
  budget: 'Budget',
  'rate-limit': 'Rate limit',
}

function columnsWith(nameOf: NameOf): Column<Rule & { place: string }>[] {
  return [
    {
      id: 'level',
      header: 'Level',
      title: true,
      cell: ({ scope, binds, allows }) => (
        <span className={classes.place}>
          <span>
            {LEVELS[scope.type]}
            {scope.type !== 'key' && scope.type !== 'organization' && (
              <span className="muted"> {nameOf(scope.id)}</span>
            )}
          </span>
          {binds && (
            <Status tone={allows === false ? 'bad' : 'warn'}>
              {allows === false ? 'refuses' : 'binds first'}
            </Status>
          )}
        </span>
      ),
    },
    { id: 'kind', header: 'Rule', cell: ({ kind }) => KINDS[kind] },
    {
      id: 'says',
      header: 'What it says',
      cell: (rule) => (
        <span className={classes.limit}>
          {wordsOfRule(rule).map((words) => (
            <span key={words}>{words}</span>
          ))}
        </span>
      ),
    },
    {
      id: 'left',
      header: 'Used',
      cell: ({ budget }) =>
        budget ? (
          <Meter used={budget.spentUsd} limit={budget.limitUsd} label={`Used of ${budget.name}`} />
        ) : (
          <span className="muted">–</span>
        ),
    },
  ]
}
