import { Button, Menu } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Ellipsis } from 'lucide-react'
import { useState } from 'react'
import { documentList, documentUpdate } from '../../../src/contract/documents.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { roleList } from '../../../src/contract/roles.ts'
import { pages, q, useAct } from '../../api.ts'
import { count, day } from '../../format.ts'
import { ConfirmDialog, DocumentForm, DocumentPublish } from '../../forms/panels.ts'
import { useNames } from '../../names.ts'
import { useAddress } from '../../search.ts'
import { toast } from '../../ui/announce.tsx'
import { type Column, DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { To } from '../../ui/To.tsx'
import { useViewer } from '../../viewer.ts'
import classes from './documents.module.css'

export type Document = Output<typeof documentList>['data'][number]

/** What there is, whom it concerns, and what is done with it. */
export function Documents() {
  const [address, setAddress] = useAddress()
  const { inOrganization } = useViewer()
  const list = useInfiniteQuery(pages(documentList, { query: {} }))
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? []
  const nameOf = useNames(rows.flatMap(({ teamIds }) => teamIds))
  const roles = useQuery(q(roleList, {})).data?.data
  const [archiving, setArchiving] = useState<Document | null>(null)
  const named = (id: string | undefined) => rows.find((row) => row.id === id)
  const concerns = ({ teamIds, roles: ids }: Document) => {
    const roleNames = ids.map((id) => roles?.find((role) => role.id === id)?.name ?? id)
    const whom = [...teamIds.map(nameOf), ...roleNames]
    return whom.length === 0 ? <span className={classes.whole}>everybody</span> : whom.join(', ')
  }
  const columns: Column<Document>[] = [
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
    {
      id: 'version',
      header: 'In force',
      cell: ({ current, archivedAt }) =>
        archivedAt !== null ? (
          <Status tone="quiet">archived</Status>
        ) : current === null ? (
          <Status tone="warn">nothing published</Status>
        ) : (
          <>
            version {current.number}
            <br />
            <small className="muted">{day(current.publishedAt)}</small>
          </>
        ),
    },
    { id: 'whom', header: 'Concerns', cell: concerns },
    {
      id: 'required',
      header: 'Keys need it',
      cell: ({ required }) =>
        required ? <Status tone="accent">yes</Status> : <span className="muted">no</span>,
    },
    {
      id: 'again',
      header: 'Again after',
      cell: ({ validityDays }) =>
        validityDays === null ? <span className="muted">never</span> : `${count(validityDays)} days`,
    },
    {
      id: 'questions',
      header: 'Questions',
      numeric: true,
      cell: ({ current }) => count(current?.questions ?? 0),
    },
  ]
  const can = inOrganization('document:update')
  return (
    <>
      <Region of={list} rows={4}>
        {() =>
          rows.length === 0 ? (
            <Empty title="There is no document yet">
              <p>
                A policy or a training has versions; people acknowledge the one in force before they get keys.
              </p>
              <code>claviger document create --title "AI policy" --required true</code>
            </Empty>
          ) : (
            <DataTable
              label="Documents and trainings"
              rows={rows}
              columns={columns}
              rowId={({ id }) => id}
              more={moreOf(list)}
              actions={(document) => (
                <Menu position="bottom-end">
                  <Menu.Target>
                    <Button
                      variant="subtle"
                      size="compact-sm"
                      disabled={can !== true}
                      aria-label={`What to do with ${document.title}`}
                    >
                      <Ellipsis size={16} aria-hidden />
                    </Button>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item onClick={() => setAddress({ publish: document.id }, false)}>
                      Publish a new version
                    </Menu.Item>
                    <Menu.Item onClick={() => setAddress({ edit: document.id }, false)}>
                      Change whom it concerns
                    </Menu.Item>
                    <Menu.Item component={To} to="/documents" search={{ tab: 'people', of: document.id }}>
                      Who has read it
                    </Menu.Item>
                    <Menu.Item onClick={() => setArchiving(document)}>
                      {document.archivedAt === null ? 'Archive it' : 'Bring it back'}
                    </Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              )}
            />
          )
        }
      </Region>
      {address.new === 'document' && <DocumentForm onClose={() => setAddress({ new: undefined })} />}
      <Editing document={named(address.edit)} close={() => setAddress({ edit: undefined })} />
      <Publishing document={named(address.publish)} close={() => setAddress({ publish: undefined })} />
      {archiving && <Archive document={archiving} onClose={() => setArchiving(null)} />}
    </>
  )
}

type OpenedProps = { document: Document | undefined; close: () => void }

function Editing({ document, close }: OpenedProps) {
  return document && <DocumentForm key={document.id} document={document} onClose={close} />
}

function Publishing({ document, close }: OpenedProps) {
  return document && <DocumentPublish key={document.id} document={document} onClose={close} />
}

function Archive({ document, onClose }: { document: Document; onClose: () => void }) {
  const act = useAct(documentUpdate)
  const archived = document.archivedAt === null
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={archived ? `Archive ${document.title}?` : `Bring ${document.title} back?`}
      act={archived ? 'Archive it' : 'Bring it back'}
      pending={act.isPending}
      error={act.error}
      onConfirm={() =>
        act.mutate(
          { input: { params: { documentId: document.id }, body: { archived } }, ifMatch: document.version },
          {
            onSuccess: () => {
              toast(archived ? 'Archived. It concerns nobody any more.' : 'It is in force again.')
              onClose()
            },
          },
        )
      }
    >
      {archived
        ? 'It concerns nobody any more, and no key depends on it. Who read it stays on record. It can be brought back.'
        : 'It concerns people again, and what they acknowledged before counts.'}
    </ConfirmDialog>
  )
}
