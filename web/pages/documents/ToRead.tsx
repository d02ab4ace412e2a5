import { Button } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { documentDue, documentList } from '../../../src/contract/documents.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { pages, q } from '../../api.ts'
import { day } from '../../format.ts'
import { DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Card, Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { To } from '../../ui/To.tsx'
import classes from './documents.module.css'

type Due = Output<typeof documentDue>['data'][number]

/** What the viewer has still to read, and what else there is. */
export function ToRead() {
  const due = useQuery(q(documentDue, {}))
  return (
    <>
      <Section title="To read">
        <Region of={due} rows={3}>
          {({ data }) =>
            data.length === 0 ? (
              <Empty title="Nothing waits for you">
                <p>You have read all that concerns you.</p>
              </Empty>
            ) : (
              <ul className={classes.due}>
                {data.map((one) => (
                  <li key={one.documentId}>
                    <Card>
                      <One due={one} />
                    </Card>
                  </li>
                ))}
              </ul>
            )
          }
        </Region>
      </Section>
      <Library />
    </>
  )
}

function One({ due: { documentId, title, overdue, dueBy } }: { due: Due }) {
  return (
    <div className={classes.one}>
      <div>
        <strong>{title}</strong>
        <br />
        <Status tone={dueBy === null ? 'quiet' : overdue ? 'bad' : 'warn'}>
          {dueBy === null
            ? 'when you have time'
            : overdue
              ? 'needed before you create or rotate a key'
              : `read it by ${day(dueBy)}`}
        </Status>
      </div>
      <Button
        component={To}
        to="/documents"
        search={{ document: documentId }}
        variant="default"
        aria-label={`Read ${title}`}
      >
        Read
      </Button>
    </div>
  )
}

/** All that is in force, to be read again. */
function Library() {
  const list = useInfiniteQuery(pages(documentList, { query: {} }))
  const rows = (list.data?.pages.flatMap(({ data }) => data) ?? []).filter(
    ({ archivedAt, current }) => archivedAt === null && current !== null,
  )
  return (
    <Section title="In force" note="All that there is to read, whomever it concerns.">
      <Region of={list} rows={3}>
        {() =>
          rows.length === 0 ? (
            <Empty title="Nothing is published yet" />
          ) : (
            <DataTable
              label="Documents in force"
              rows={rows}
              rowId={({ id }) => id}
              more={moreOf(list)}
              columns={[
                {
                  id: 'title',
                  header: 'Document',
                  title: true,
                  sort: ({ title }) => title,
                  cell: ({ id, title }) => (
                    <To to="/documents" search={{ document: id }}>
                      {title}
                    </To>
                  ),
                },
                { id: 'kind', header: 'Kind', cell: ({ kind }) => kind },
                {
                  id: 'version',
                  header: 'Version',
                  cell: ({ current }) => current && `${current.number}, of ${day(current.publishedAt)}`,
                },
                {
                  id: 'required',
                  header: 'Keys depend on it',
                  cell: ({ required }) => (required ? 'yes' : <span className="muted">no</span>),
                },
              ]}
            />
          )
        }
      </Region>
    </Section>
  )
}
