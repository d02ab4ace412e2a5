import { useInfiniteQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { type Grant as GrantSchema, grantList, grantRevoke } from '../../../src/contract/grants.ts'
import type { Input, Output } from '../../../src/contract/operation.ts'
import { pages, useAct } from '../../api.ts'
import { ConfirmDialog } from '../../forms/panels.ts'
import { useNames } from '../../names.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { type Column, DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { To } from '../../ui/To.tsx'
import { useCan, useViewer } from '../../viewer.ts'
import { scopeOf } from './places.ts'
import { useRoleNames } from './RoleFields.tsx'
import classes from './teams.module.css'

export type Grant = (typeof GrantSchema)['_output']

const PAGE = 100

type Props = {
  label: string
  /** Which roles. */
  query: NonNullable<Input<typeof grantList>['query']>
  /** Of one person, who need not be named in each row. */
  ofOne?: boolean
  /** More columns, such as how each stands to what has to be read. */
  more?: Column<Grant>[]
  empty: ReactNode
}

/** Who holds which role, and how it came; each can be taken back. */
export function Grants({ label, query, ofOne = false, more = [], empty }: Props) {
  const { organization } = useViewer()
  const list = useInfiniteQuery(pages(grantList, { query: { limit: PAGE, ...query } }))
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? []
  const nameOf = useNames(
    rows.flatMap(({ teamId, projectId, serviceAccountId }) => [teamId, projectId, serviceAccountId]),
  )
  const roleName = useRoleNames()
  const can = useCan(uniquePlaces(rows, organization.id), ['grant:revoke'])
  const [ending, setEnding] = useState<Grant | null>(null)
  const revoke = useAct(grantRevoke)
  const holder = ({ user, userId, serviceAccountId }: Grant) =>
    userId !== null ? (user?.name ?? nameOf(userId)) : nameOf(serviceAccountId)
  const columns: Column<Grant>[] = [
    ...(ofOne
      ? []
      : [
          {
            id: 'who',
            header: 'Who',
            title: true,
            cell: (grant: Grant) => <Who grant={grant} name={holder(grant)} />,
            sort: (grant: Grant) => holder(grant).toLowerCase(),
          },
        ]),
    {
      id: 'role',
      header: 'Role',
      title: ofOne,
      cell: (grant) => (
        <span className={classes.twoLines}>
          <To to="/roles" search={{ role: grant.role }}>
            {roleName(grant.role)}
          </To>
          <WhereHeld grant={grant} nameOf={nameOf} />
        </span>
      ),
      sort: ({ role }) => roleName(role).toLowerCase(),
    },
    {
      id: 'production',
      header: 'Production',
      cell: ({ production }) =>
        production ? <Status tone="production">reaches it</Status> : <span className="muted">no</span>,
    },
    ...more,
    {
      id: 'until',
      header: 'Until',
      cell: ({ expiresAt, source }) => (
        <span className={classes.twoLines}>
          <Time at={expiresAt} never="no end" />
          <span className="muted">{SOURCES[source]}</span>
        </span>
      ),
    },
  ]
  return (
    <>
      <Region of={list}>
        {() =>
          rows.length === 0 ? (
            empty
          ) : (
            <DataTable
              label={label}
              rows={rows}
              columns={columns}
              rowId={({ id }) => id}
              actions={(grant) => (
                <ActButton
                  size="compact-sm"
                  variant="default"
                  can={can('grant:revoke', scopeOf(grant, organization.id).id)}
                  onClick={() => {
                    revoke.reset()
                    setEnding(grant)
                  }}
                >
                  Take back
                  <span className="unseen">
                    {' '}
                    {roleName(grant.role)} from {holder(grant)}
                  </span>
                </ActButton>
              )}
              more={moreOf(list)}
            />
          )
        }
      </Region>
      {ending && (
        <ConfirmDialog
          opened
          onClose={() => setEnding(null)}
          title={`Take back ${roleName(ending.role)} from ${holder(ending)}?`}
          act="Take back"
          danger
          pending={revoke.isPending}
          error={revoke.error}
          onConfirm={() =>
            revoke.mutate(
              { input: { params: { grantId: ending.id } } },
              {
                onSuccess: () => {
                  toast(`${holder(ending)} no longer holds ${roleName(ending.role)} there.`)
                  setEnding(null)
                },
              },
            )
          }
        >
          It binds at their next request, and at the gateway within two seconds. Their keys work on where
          another role of theirs allows it. You can give the role again at any time.
        </ConfirmDialog>
      )}
    </>
  )
}

const SOURCES: Record<Grant['source'], string> = {
  setup: 'from the set-up',
  migration: 'from an upgrade',
  direct: 'given by hand',
  invitation: 'by an invitation',
  sso: 'by a sign-in group',
  request: 'by a request',
}

function Who({ grant: { userId, user, projectId }, name }: { grant: Grant; name: string }) {
  if (userId !== null) {
    return (
      <span className={classes.twoLines}>
        <To to="/people/$userId" params={{ userId }}>
          {name}
        </To>
        <span className={classes.plain}>{user?.email}</span>
      </span>
    )
  }
  return (
    <span className={classes.twoLines}>
      {projectId === null ? (
        name
      ) : (
        <To to="/projects/$projectId" params={{ projectId }} search={{ tab: 'programs' }}>
          {name}
        </To>
      )}
      <span className={classes.plain}>a program</span>
    </span>
  )
}

function WhereHeld({ grant, nameOf }: { grant: Grant; nameOf: (id: string | null) => string }) {
  const { teamId, projectId } = grant
  if (projectId !== null) {
    return (
      <span className={classes.plain}>
        in{' '}
        <To to="/projects/$projectId" params={{ projectId }}>
          {nameOf(projectId)}
        </To>
      </span>
    )
  }
  if (teamId !== null) {
    return (
      <span className={classes.plain}>
        in all of{' '}
        <To to="/teams/$teamId" params={{ teamId }}>
          {nameOf(teamId)}
        </To>
      </span>
    )
  }
  return <span className={classes.plain}>in the whole organization</span>
}

function uniquePlaces(grants: Output<typeof grantList>['data'], organizationId: string) {
  const places = grants.map((grant) => scopeOf(grant, organizationId))
  return [...new Map(places.map((place) => [place.id, place])).values()]
}
