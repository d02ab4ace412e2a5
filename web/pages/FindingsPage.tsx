import { Button, Group, Tabs } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { findingList } from '../../src/contract/findings.ts'
import type { Scope } from '../../src/domain/scope.ts'
import { pages } from '../api.ts'
import { ago, count } from '../format.ts'
import { FindingResolve } from '../forms/panels.ts'
import { useNames } from '../names.ts'
import { useAddress } from '../search.ts'
import { ActButton } from '../ui/ActButton.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Forbidden } from '../ui/Forbidden.tsx'
import { Card, Page } from '../ui/Page.tsx'
import { Empty, Region } from '../ui/Region.tsx'
import { Select } from '../ui/Select.tsx'
import { Status } from '../ui/Status.tsx'
import { Time } from '../ui/Time.tsx'
import { To } from '../ui/To.tsx'
import { useCan, useViewer, type Verdict } from '../viewer.ts'
import classes from './findings/findings.module.css'
import {
  byGravity,
  type Finding,
  isKey,
  kindOf,
  kindsToChoose,
  kindWords,
  namedIn,
  SEVERITIES,
  SEVERITY,
  seenIn,
  subjectOf,
  titleOf,
} from './findings/kinds.ts'

export default function FindingsPage() {
  const { somewhere } = useViewer()
  if (somewhere('finding:read')) return <Allowed />
  return (
    <Page title="Findings">
      <Forbidden permission="finding:read" />
    </Page>
  )
}

function Allowed() {
  const [address, setAddress] = useAddress()
  const state = address.state === 'resolved' ? 'resolved' : 'open'
  const severity = SEVERITIES.find((one) => one === address.severity)
  const kind = address.kind || undefined
  const list = useInfiniteQuery(pages(findingList, { query: { state, severity, kind } }))
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? []
  const filtered = severity !== undefined || kind !== undefined
  return (
    <Page
      title="Findings"
      lead={list.data && !filtered && state === 'open' && leadOf(rows, list.hasNextPage)}
    >
      <Tabs
        value={state}
        mb="md"
        onChange={(next) => setAddress({ state: next === 'open' ? undefined : (next ?? undefined) })}
      >
        <Tabs.List aria-label="Which findings">
          <Tabs.Tab value="open">Open</Tabs.Tab>
          <Tabs.Tab value="resolved">Resolved</Tabs.Tab>
        </Tabs.List>
      </Tabs>
      <Group mb="md">
        <Select
          label="Severity"
          placeholder="Any"
          clearable
          w={{ base: '100%', xs: 225 }}
          data={SEVERITIES.map((value) => ({ value, label: SEVERITY[value].text }))}
          value={severity ?? null}
          onChange={(next) => setAddress({ severity: next ?? undefined })}
        />
        <Select
          label="Kind"
          placeholder="Any"
          clearable
          w={{ base: '100%', xs: 380 }}
          data={kindsToChoose(kind)}
          value={kind ?? null}
          onChange={(next) => setAddress({ kind: next ?? undefined })}
        />
      </Group>
      <Region of={list} rows={6}>
        {() =>
          rows.length > 0 ? (
            <>
              <List rows={rows} />
              {list.hasNextPage && (
                <Button
                  variant="default"
                  loading={list.isFetchingNextPage}
                  onClick={() => list.fetchNextPage()}
                >
                  Show more
                </Button>
              )}
            </>
          ) : filtered ? (
            <Empty title="No finding matches">
              <p>
                Looked for{' '}
                {[severity && `severity ${SEVERITY[severity].text}`, kind && `“${kindWords(kind)}”`]
                  .filter(Boolean)
                  .join(', ')}
                .
              </p>
              <Button variant="default" onClick={() => setAddress({ severity: undefined, kind: undefined })}>
                Clear filters
              </Button>
            </Empty>
          ) : state === 'open' ? (
            <Empty title="Nothing odd is open">
              <p>
                A secret that is used twice, a broken audit chain or a copied passkey would be listed here.
              </p>
              <code>claviger finding list</code>
            </Empty>
          ) : (
            <Empty title="Nothing was resolved yet">
              <p>What was seen to is kept here, with who did it and how.</p>
            </Empty>
          )
        }
      </Region>
    </Page>
  )
}

function leadOf(rows: Finding[], more: boolean): string {
  if (rows.length === 0) return 'Nothing odd is open.'
  const high = rows.filter(({ severity }) => severity === 'high').length
  const oldest = rows.map(({ firstSeenAt }) => firstSeenAt).sort()[0] ?? ''
  const many = `${count(rows.length)}${more ? ' or more' : ''} ${rows.length === 1 ? 'is' : 'are'} open`
  return `${many}, ${high === 0 ? 'none' : count(high)} of high severity. The oldest was first seen ${ago(oldest)}.`
}

function List({ rows }: { rows: Finding[] }) {
  const [resolving, setResolving] = useState<Finding | null>(null)
  const { inOrganization, organization } = useViewer()
  const nameOf = useNames(namedIn(rows))
  const places = rows.flatMap(({ projectId, teamId }): Scope[] => {
    if (projectId !== null) return [{ type: 'project', id: projectId }]
    return teamId === null ? [] : [{ type: 'team', id: teamId }]
  })
  const can = useCan(places, ['finding:update'])
  const mayResolve = ({ projectId, teamId }: Finding): Verdict => {
    const place = projectId ?? teamId
    return place === null ? inOrganization('finding:update') : can('finding:update', place)
  }
  return (
    <>
      <ul className={classes.list}>
        {rows.toSorted(byGravity).map((finding) => (
          <li key={finding.id}>
            <Card>
              <One
                finding={finding}
                title={titleOf(finding, nameOf, organization.name)}
                can={mayResolve(finding)}
                resolve={() => setResolving(finding)}
              />
            </Card>
          </li>
        ))}
      </ul>
      {resolving && <FindingResolve finding={resolving} onClose={() => setResolving(null)} />}
    </>
  )
}

function One({
  finding,
  title,
  can,
  resolve,
}: {
  finding: Finding
  title: string
  can: Verdict
  resolve: () => void
}) {
  const { means, todo } = kindOf(finding)
  const { severity, firstSeenAt, lastSeenAt, resolvedAt, resolution, resolvedBy } = finding
  const nameOf = useNames([resolvedBy].filter((id) => id?.startsWith('usr_')))
  const subject = subjectOf(finding)
  return (
    <>
      <div className={classes.head}>
        <Status tone={SEVERITY[severity].tone}>{SEVERITY[severity].text}</Status>
        <h2>{title}</h2>
        <span className="muted">
          {finding.count === 1 ? 'once' : `${count(finding.count)} times`}, first <Time at={firstSeenAt} />
          {finding.count > 1 && (
            <>
              , last <Time at={lastSeenAt} />
            </>
          )}
        </span>
      </div>
      <div className={classes.words}>
        {means !== '' && <p>{means}</p>}
        <p>
          <strong>What to do:</strong> {todo}
        </p>
        <Facts of={seenIn(finding)} />
        {resolvedAt !== null && (
          <p>
            <strong>Seen to</strong> <Time at={resolvedAt} />
            {resolvedBy?.startsWith('usr_') && ` by ${nameOf(resolvedBy)}`}: {resolution}
          </p>
        )}
      </div>
      <div className={classes.foot}>
        {resolvedAt === null && (
          <ActButton variant="default" size="compact-md" can={can} onClick={resolve}>
            Resolve
          </ActButton>
        )}
        {isKey(subject) && (
          <To to="/keys/$keyId" params={{ keyId: subject }}>
            Open the key
          </To>
        )}
        {subject.startsWith('usr_') && (
          <To to="/people/$userId" params={{ userId: subject }}>
            Open the person
          </To>
        )}
        {subject.startsWith('bud_') && (
          <To to="/budgets/$budgetId" params={{ budgetId: subject }}>
            Open the budget
          </To>
        )}
        <To to="/audit" search={{ targetId: subject }}>
          What the audit log says
        </To>
      </div>
    </>
  )
}
