import { Button, Drawer, Stack } from '@mantine/core'
import { useState } from 'react'
import { count, moment } from '../../format.ts'
import { useNames } from '../../names.ts'
import { useAddress } from '../../search.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { Empty, Failure, Loading } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import classes from './audit.module.css'
import { type Change, diffOf } from './diff.ts'
import { type AuditEvent, actorOf, isNamed, RESULT } from './events.ts'

type Asked = { error: Error | null; isFetching: boolean; refetch: () => unknown }

/** All that is known of one event: what changed, who did it and from where, and its place in the chain. */
export function EventDrawer({
  event,
  asked,
  onClose,
}: {
  event: AuditEvent | undefined
  asked: Asked
  onClose: () => void
}) {
  return (
    <Drawer
      opened
      onClose={onClose}
      title={event?.action ?? 'Audit event'}
      position="right"
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {event ? (
        <Shown event={event} />
      ) : asked.error ? (
        <Failure error={asked.error} retry={asked.refetch} />
      ) : asked.isFetching ? (
        <Loading rows={6} />
      ) : (
        <Empty title="There is no such event">
          <p>Or it is not yours to see.</p>
        </Empty>
      )}
    </Drawer>
  )
}

function Shown({ event }: { event: AuditEvent }) {
  const [, setAddress] = useAddress()
  const { targetId, userId, actorId, teamId, projectId, result, methods, reason, ip, userAgent } = event
  const nameOf = useNames([targetId, userId, actorId, teamId, projectId].filter((id) => id && isNamed(id)))
  const only = (filter: Record<string, string>) => setAddress({ event: undefined, ...filter }, false)
  return (
    <Stack gap="lg">
      <Facts
        of={[
          { label: 'When', value: moment(event.at) },
          { label: 'Who', value: actorOf(event, nameOf) },
          { label: 'Result', value: <Status tone={RESULT[result].tone}>{RESULT[result].text}</Status> },
          { label: 'Reason', value: reason },
          {
            label: 'About',
            value: <Ident id={targetId} name={isNamed(targetId) ? nameOf(targetId) : null} />,
          },
          { label: 'Team', value: teamId && nameOf(teamId) },
          { label: 'Project', value: projectId && nameOf(projectId) },
        ]}
      />
      <Diff event={event} />
      <section aria-label="Where it came from">
        <h2 className={classes.heading}>Where it came from</h2>
        <Facts
          of={[
            { label: 'Address', value: ip },
            { label: 'Program', value: userAgent },
            { label: 'Signed in by', value: methods.join(', ') },
            { label: 'Actor', value: <Ident id={actorId} name={null} /> },
            { label: 'Session', value: event.sessionId && <Ident id={event.sessionId} name={null} /> },
            { label: 'Request', value: event.requestId && <Ident id={event.requestId} name={null} /> },
          ]}
        />
      </section>
      <section aria-label="Its place in the chain">
        <h2 className={classes.heading}>Its place in the chain</h2>
        {event.position === null ? (
          <p className="muted">It is sealed within a second.</p>
        ) : (
          <Facts
            of={[
              { label: 'Position', value: count(event.position) },
              { label: 'Hash', value: event.hash && <Ident id={event.hash} name={null} /> },
              { label: 'Event', value: <Ident id={event.id} name={null} /> },
            ]}
          />
        )}
      </section>
      <div className={classes.buttons}>
        <Button variant="default" onClick={() => only({ targetId })}>
          All about this
        </Button>
        {userId !== null && (
          <Button variant="default" onClick={() => only({ userId })}>
            All that {nameOf(userId)} did
          </Button>
        )}
      </div>
    </Stack>
  )
}

function Ident({ id, name }: { id: string; name: string | null }) {
  return (
    <span className={classes.ident}>
      {name !== null && <span>{name}</span>}
      <code>{id}</code>
      <CopyButton value={id} label={`Copy ${id}`} />
    </span>
  )
}

function Diff({ event: { before, after } }: { event: AuditEvent }) {
  const [all, setAll] = useState(false)
  const { changed, same } = diffOf(before, after)
  if (changed.length === 0 && same.length === 0) return null
  return (
    <section aria-label="What changed">
      <h2 className={classes.heading}>
        {before === null ? 'What it said' : after === null ? 'What it was' : 'What changed'}
      </h2>
      {changed.length > 0 && <Changes of={changed} both={before !== null && after !== null} />}
      {same.length > 0 && (
        <Button size="compact-sm" variant="subtle" mt="xs" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Hide what stayed' : `Show ${count(same.length)} that stayed`}
        </Button>
      )}
      {all && <Facts of={same.map(({ path, after: value }) => ({ label: path, value }))} />}
    </section>
  )
}

/** With both sides, the old one is struck through and the new one marked: by sign, not by colour alone. */
function Changes({ of, both }: { of: Change[]; both: boolean }) {
  if (!both) {
    return <Facts of={of.map(({ path, before, after }) => ({ label: path, value: after ?? before }))} />
  }
  return (
    <Facts
      of={of.map(({ path, before, after }) => ({
        label: path,
        value: (
          <span className={classes.change}>
            {before !== undefined && (
              <del>
                <span aria-hidden>− </span>
                {before}
              </del>
            )}
            {after !== undefined && (
              <ins>
                <span aria-hidden>+ </span>
                {after}
              </ins>
            )}
          </span>
        ),
      }))}
    />
  )
}
