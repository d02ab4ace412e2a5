import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { doctorLedger } from '../../../src/contract/doctor.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { retentionView } from '../../../src/contract/retention.ts'
import { serverView } from '../../../src/contract/server.ts'
import { RETENTION } from '../../../src/domain/retention.ts'
import { q } from '../../api.ts'
import { AsOpened } from '../../as-opened.tsx'
import { count, moment, usd } from '../../format.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { DataTable } from '../../ui/DataTable.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { Card, Section } from '../../ui/Page.tsx'
import { Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { useViewer } from '../../viewer.ts'
import { keptFor, RETENTION_LABELS, Retention, retentionOf } from './Retention.tsx'
import { SettingsFrame } from './SettingsFrame.tsx'
import classes from './settings.module.css'

type Report = Output<typeof doctorLedger>

const { noticeDays, workloadSecretDays, deviceDays, repeatedHours } = RETENTION

/** What is kept for how long, but for single calls. The numbers are those that the server erases by. */
const KEPT: { label: string; value: string }[] = [
  { label: 'Prompts and answers', value: 'Never kept: there is no column for them.' },
  { label: 'Sums of usage', value: 'By quarters of an hour, for good.' },
  { label: 'Audit trail', value: 'For good: it can be added to, and neither changed nor deleted.' },
  {
    label: 'Secrets of keys',
    value: `Only hashes. Those of workloads are forgotten ${workloadSecretDays} days after their end.`,
  },
  { label: 'Secrets of providers', value: 'Sealed with the root key, until they are replaced or deleted.' },
  {
    label: 'Sign-ins',
    value:
      'When, from where and with which browser, for good. One that was begun and not ended is forgotten once its time is up.',
  },
  { label: 'Known browsers', value: `Forgotten ${deviceDays} days after they were last seen.` },
  {
    label: 'Notices',
    value: `What they say is erased once they are sent; that they were, ${noticeDays} days later. What could not be sent is erased ${noticeDays} days after the last try.`,
  },
  { label: 'Answers to repeated requests', value: `${repeatedHours} hours (idempotency keys).` },
]

export function Data() {
  const server = useQuery(q(serverView, {}))
  const retention = useQuery(q(retentionView, {}))
  const { inOrganization } = useViewer()
  const [asked, setAsked] = useState(false)
  const report = useQuery({ ...q(doctorLedger, { query: {} }), enabled: asked, staleTime: 0 })
  const check = () => {
    if (asked) report.refetch()
    setAsked(true)
  }
  return (
    <SettingsFrame
      title="Data and health"
      lead={
        server.data &&
        `Claviger ${server.data.version}, with ${server.data.database === 'embedded' ? 'its own' : 'your'} database. Prompts and answers are never kept${retention.data ? `; single calls are kept ${keptFor(retention.data.callDays)}` : ''}.`
      }
      actions={
        <ActButton
          variant="default"
          can={inOrganization('audit:read')}
          loading={report.isFetching}
          onClick={check}
        >
          Check the books
        </ActButton>
      }
    >
      <Section
        title="The books add up"
        note="Budgets against what is set aside for calls, and against every line of usage, also those that were erased."
      >
        {asked ? (
          <Region of={report} rows={5}>
            {(found) => <Books report={found} />}
          </Region>
        ) : (
          <Card>Not checked since you opened this page. It reads the last 31 days, and changes nothing.</Card>
        )}
      </Section>
      <Section title="How long single calls are kept" note="The audit trail and sums are not touched by it.">
        <Region of={retention} rows={5}>
          {(data) => (
            <AsOpened now={data} fields={retentionOf} labels={RETENTION_LABELS}>
              {(form) => <Retention form={form} />}
            </AsOpened>
          )}
        </Region>
      </Section>
      <Section
        title="What else is kept, and for how long"
        note="The same in every installation: no setting changes it."
      >
        <Card>
          <Facts of={KEPT} />
        </Card>
      </Section>
      <Section
        title="How the server is configured"
        note="By its environment: docs/configuration.md names each variable."
      >
        <Region of={server} rows={5}>
          {(data) => (
            <Card>
              <Facts
                of={[
                  { label: 'Version', value: data.version },
                  { label: 'Address', value: <code>{data.url}</code> },
                  {
                    label: 'Database',
                    value:
                      data.database === 'embedded' ? 'its own, in the data directory' : 'PostgreSQL of yours',
                  },
                  { label: 'Mail', value: data.mail === null ? 'none' : `from ${data.mail.from}` },
                  { label: 'Audit trail to a file', value: data.auditFile ? 'yes' : 'no' },
                  { label: 'Audit trail to syslog', value: data.auditSyslog ? 'yes' : 'no' },
                  {
                    label: 'While the database is away',
                    value: `calls go on for ${count(data.staleSeconds)} seconds with what is known`,
                  },
                  {
                    label: 'Usage that may wait',
                    value: `${count(data.journalMegabytes)} MB in the journal`,
                  },
                  {
                    label: 'At a restart',
                    value: `open calls may go on for ${count(data.drainSeconds)} seconds`,
                  },
                  { label: 'You come from', value: data.yourAddress && <code>{data.yourAddress}</code> },
                ]}
              />
              <Button
                component="a"
                href="/readyz?verbose"
                target="_blank"
                rel="noopener"
                variant="default"
                mt="md"
              >
                Open the health report
              </Button>
            </Card>
          )}
        </Region>
      </Section>
    </SettingsFrame>
  )
}

function Books({ report: { ok, from, checks, stranded } }: { report: Report }) {
  const wrong = checks.filter(({ faults }) => faults > 0).length
  return (
    <>
      <div className={`${ok ? classes.note : classes.warning} ${classes.above}`} role="status">
        {ok
          ? `They add up: ${count(checks.length)} promises hold, since ${moment(from)}.`
          : `${count(wrong)} of ${count(checks.length)} promises do not hold, since ${moment(from)}. Keep the database as it is, and see the examples.`}
      </div>
      <DataTable
        label="What was checked"
        rows={checks}
        rowId={({ name }) => name}
        columns={[
          { id: 'promise', header: 'Promise', title: true, cell: ({ promise }) => promise },
          {
            id: 'state',
            header: 'Holds',
            sort: ({ faults }) => faults,
            cell: ({ faults }) =>
              faults === 0 ? (
                <Status tone="good">yes</Status>
              ) : (
                <Status tone="bad">{`${count(faults)} faults`}</Status>
              ),
          },
          {
            id: 'examples',
            header: 'Examples',
            cell: ({ examples }) =>
              examples.length === 0 ? (
                <span className="muted">–</span>
              ) : (
                <div>
                  {examples.map(({ subject, problem }) => (
                    <div key={subject}>
                      <code>{subject}</code>: {problem}
                    </div>
                  ))}
                </div>
              ),
          },
        ]}
      />
      {stranded.length > 0 && (
        <p>
          Set aside for gateways that are gone:{' '}
          {stranded.map(({ nodeId, setAsideUsd }) => `${usd(setAsideUsd)} for ${nodeId}`).join(', ')}. When
          they will never return: <code>claviger doctor reconcile</code>
        </p>
      )}
    </>
  )
}
