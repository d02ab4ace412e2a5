import { useQuery } from '@tanstack/react-query'
import { usageReport } from '../../../src/contract/usage.ts'
import { q } from '../../api.ts'
import { count, countShort, usd } from '../../format.ts'
import { ChartSpace } from '../../ui/ChartSpace.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Details } from '../../ui/Details.tsx'
import { part } from '../../ui/later.tsx'
import { Card, Section } from '../../ui/Page.tsx'
import { Region } from '../../ui/Region.tsx'
import { Stat, Stats } from '../../ui/Stat.tsx'
import { EnvironmentBadge } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { To } from '../../ui/To.tsx'
import { dayIn } from '../../zoned.ts'
import { who } from './KeyBanner.tsx'
import classes from './keys.module.css'
import { Owner } from './Owner.tsx'
import type { Key, NameOf } from './Place.tsx'
import { useMonth } from './use-month.ts'
import { WhatIsLeft } from './WhatIsLeft.tsx'

const KeyCost = part(async () => (await import('./KeyCost.tsx')).KeyCost, ChartSpace)
const Secrets = part(async () => (await import('./Secrets.tsx')).Secrets)
const WouldItPass = part(async () => (await import('./WouldItPass.tsx')).WouldItPass)

/** What a key does, what is left of it, and what it is. */
export function KeyOverview({ of: key, nameOf }: { of: Key; nameOf: NameOf }) {
  return (
    <>
      <Traffic of={key} />
      {key.lastUsedAt !== null && (
        <Section title="Cost in 30 days">
          <Card>
            <KeyCost of={key} />
          </Card>
        </Section>
      )}
      <Section
        title="What is left"
        note="All of these apply at once; the narrowest does not replace the wider."
      >
        <WhatIsLeft of={key} nameOf={nameOf} />
      </Section>
      <Section title="Would this call pass?" note="Nothing is sent: it is decided as the gateway would.">
        <Card>
          <WouldItPass of={key} nameOf={nameOf} />
        </Card>
      </Section>
      <Section title="Secrets">
        <Secrets of={key} />
      </Section>
      <Section title="About this key">
        <Card>
          <About of={key} nameOf={nameOf} />
        </Card>
      </Section>
    </>
  )
}

function Traffic({ of: key }: { of: Key }) {
  // The days of the chart below, and of the page that each of them leads to.
  const { asked: month, from, timeZone } = useMonth(key.id)
  const today = useQuery(q(usageReport, { query: { keyId: key.id, from: '-24h', by: 'key' } }))
  const usage = { to: '/usage' as const, search: { key: key.id } }
  return (
    <Region of={month} rows={2}>
      {({ total }) => (
        <Stats>
          <Stat label="Cost in 30 days" value={usd(total.costUsd)} target={usage} />
          <Stat
            label="Calls in 30 days"
            value={count(total.calls)}
            note={today.data ? `${count(today.data.total.calls)} in the last 24 hours` : undefined}
            target={usage}
          />
          <Stat
            label="Tokens in 30 days"
            value={countShort(total.inputTokens + total.outputTokens)}
            note={`${countShort(total.inputTokens)} in, ${countShort(total.outputTokens)} out`}
          />
          <Stat
            label="Failed or refused"
            value={count(total.errors)}
            note={`of ${count(total.attempts)} attempts`}
            target={{
              to: '/keys/$keyId',
              params: { keyId: key.id },
              search: {
                tab: 'log',
                outcome: 'failed',
                range: 'custom',
                from: dayIn(timeZone, new Date(from)),
              },
            }}
          />
        </Stats>
      )}
    </Region>
  )
}

function About({ of: key, nameOf }: { of: Key; nameOf: NameOf }) {
  const tags = Object.entries(key.tags).map(([name, value]) => (value === '' ? name : `${name}=${value}`))
  return (
    <Details
      of={[
        ['Owner', <Owner key="owner" of={key} nameOf={nameOf} />],
        [
          'Team',
          <To key="team" to="/teams/$teamId" params={{ teamId: key.teamId }}>
            {nameOf(key.teamId)}
          </To>,
        ],
        [
          'Project',
          <To key="project" to="/projects/$projectId" params={{ projectId: key.projectId }}>
            {nameOf(key.projectId)}
          </To>,
        ],
        [
          'Environment',
          <span key="environment" className={classes.place}>
            {nameOf(key.environmentId)}
            <EnvironmentBadge kind={key.environmentKind} />
          </span>,
        ],
        ['Purpose', key.purpose ?? 'not said'],
        ['Application', key.application ?? 'not said'],
        ['Tags', tags.length > 0 ? tags.join(', ') : 'none'],
        ['Begins', key.notBefore === null ? null : <Time key="begins" at={key.notBefore} />],
        ['Ends', <Time key="ends" at={key.expiresAt} />],
        [
          'Made',
          <span key="made">
            <Time at={key.createdAt} /> by {who(key.createdBy, nameOf)}
          </span>,
        ],
        [
          'Id',
          <span key="id">
            <code>{key.id}</code> <CopyButton value={key.id} label="Copy the id" />
          </span>,
        ],
      ]}
    />
  )
}
