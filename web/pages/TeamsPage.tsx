import { Button } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { budgetList } from '../../src/contract/budgets.ts'
import { grantList } from '../../src/contract/grants.ts'
import type { Output } from '../../src/contract/operation.ts'
import { teamCreate, teamList } from '../../src/contract/teams.ts'
import { usageReport } from '../../src/contract/usage.ts'
import { WINDOW_WORDS } from '../../src/domain/budget.ts'
import { pages, q, useAct } from '../api.ts'
import { count, usd } from '../format.ts'
import { useAddress } from '../search.ts'
import { ActButton } from '../ui/ActButton.tsx'
import { toast } from '../ui/announce.tsx'
import { type Column, DataTable, type More, moreOf } from '../ui/DataTable.tsx'
import { Meter } from '../ui/Meter.tsx'
import { Page } from '../ui/Page.tsx'
import { Empty, Region } from '../ui/Region.tsx'
import { Status } from '../ui/Status.tsx'
import { Time } from '../ui/Time.tsx'
import { To, useGo } from '../ui/To.tsx'
import { useCan, useViewer } from '../viewer.ts'
import { Choice } from './teams/Choice.tsx'
import { Command } from './teams/Command.tsx'
import { NewNameForm } from './teams/NameForm.tsx'
import classes from './teams/teams.module.css'
import { monthStart } from './teams/this-month.ts'

type Team = Output<typeof teamList>['data'][number]

const PAGE = 200

/** Each team with its people, budget and spend. */
export default function TeamsPage() {
  const viewer = useViewer()
  const go = useGo()
  const [{ show = 'open', new: adding }, setAddress] = useAddress()
  const list = useInfiniteQuery(pages(teamList, { query: { limit: PAGE } }))
  const create = useAct(teamCreate)
  const mayCreate = viewer.inOrganization('team:create')
  const close = () => {
    create.reset()
    setAddress({ new: undefined })
  }
  return (
    <Page
      title="Teams"
      lead={<Lead />}
      actions={
        <ActButton can={mayCreate} onClick={() => setAddress({ new: 'team' })}>
          New team
        </ActButton>
      }
    >
      <div className={classes.filters}>
        <Choice
          label="Which teams"
          value={show}
          onChange={(value) => setAddress({ show: value === 'open' ? undefined : value })}
          options={[
            { value: 'open', label: 'In use' },
            { value: 'archived', label: 'Archived' },
          ]}
        />
      </div>
      <Region of={list}>
        {({ pages }) => {
          const all = pages.flatMap(({ data }) => data)
          const teams = all.filter(({ archivedAt }) => (archivedAt !== null) === (show === 'archived'))
          if (teams.length > 0) {
            return <TeamTable teams={teams} more={moreOf(list)} />
          }
          if (show === 'archived') {
            return (
              <Empty title="No team is archived">
                <Button variant="default" onClick={() => setAddress({ show: undefined })}>
                  Show those in use
                </Button>
              </Empty>
            )
          }
          return (
            <Empty title="No teams yet">
              <p>A team holds projects, their keys and their people, and has budgets of its own.</p>
              <ActButton variant="default" can={mayCreate} onClick={() => setAddress({ new: 'team' })}>
                New team
              </ActButton>
              <Command>claviger team create --name Search</Command>
            </Empty>
          )
        }}
      </Region>
      {adding === 'team' && (
        <NewNameForm
          onClose={close}
          title="New team"
          act="Create the team"
          description="What people call it, such as Search or Support."
          pending={create.isPending}
          error={create.error}
          onSubmit={(name) =>
            create.mutate(
              { input: { body: { name } } },
              {
                onSuccess: (team) => {
                  toast(`The team ${team.name} is there.`)
                  go({ to: '/teams/$teamId', params: { teamId: team.id } })
                },
              },
            )
          }
        />
      )}
    </Page>
  )
}

function TeamTable({ teams, more }: { teams: Team[]; more: More }) {
  const spend = useSpend()
  const can = useCan(
    teams.map(({ id }) => ({ type: 'team' as const, id })),
    ['grant:read', 'budget:read'],
  )
  const grants = useQuery(q(grantList, { query: { limit: PAGE } }))
  const budgets = useQuery(q(budgetList, { query: { limit: PAGE, scopeType: 'team' } }))
  const of = new Map(spend.data?.data.map((row) => [row.group.team, row]))
  const members = membersOf(grants.data)
  const budgetOf = (team: Team) =>
    budgets.data?.data.find(
      ({ scope, perMember, memberOf, period }) =>
        scope.id === team.id && !perMember && memberOf === null && period !== 'credits',
    )
  const columns: Column<Team>[] = [
    {
      id: 'name',
      header: 'Team',
      title: true,
      cell: ({ id, name, archivedAt }) => (
        <>
          <To to="/teams/$teamId" params={{ teamId: id }}>
            {name}
          </To>{' '}
          {archivedAt !== null && <Status tone="quiet">archived</Status>}
        </>
      ),
      sort: ({ name }) => name.toLowerCase(),
    },
    // With more roles than one answer holds, a count of them would be wrong.
    ...(members
      ? [
          {
            id: 'members',
            header: 'Members',
            numeric: true,
            cell: ({ id }: Team) =>
              can('grant:read', id) === true ? (
                <To to="/teams/$teamId" params={{ teamId: id }} search={{ tab: 'members' }}>
                  {count(members.get(id)?.size ?? 0)}
                </To>
              ) : (
                '–'
              ),
            sort: ({ id }: Team) => members.get(id)?.size ?? 0,
          },
        ]
      : []),
    {
      id: 'calls',
      header: 'Calls this month',
      numeric: true,
      cell: ({ id }) => (spend.data ? count(of.get(id)?.calls ?? 0) : '–'),
      sort: ({ id }) => of.get(id)?.calls ?? 0,
    },
    {
      id: 'spend',
      header: 'Spent this month',
      numeric: true,
      cell: ({ id }) => (spend.data ? usd(of.get(id)?.costUsd ?? '0') : '–'),
      sort: ({ id }) => Number(of.get(id)?.costUsd ?? 0),
    },
    {
      id: 'budget',
      header: 'Budget',
      cell: (team) => {
        const budget = budgetOf(team)
        if (can('budget:read', team.id) !== true) return <span className="muted">not yours to see</span>
        if (budget === undefined) return <span className="muted">none of its own</span>
        return (
          <span>
            <Meter
              label={`Spent of the budget of ${team.name}`}
              used={budget.window.spentUsd}
              limit={budget.window.limitUsd}
            />
            <span className="unseen">{WINDOW_WORDS[budget.period]}</span>
          </span>
        )
      },
    },
    { id: 'created', header: 'Since', cell: ({ createdAt }) => <Time at={createdAt} /> },
  ]
  return <DataTable label="Teams" rows={teams} columns={columns} rowId={({ id }) => id} more={more} />
}

function Lead() {
  const whole = useViewer().inOrganization('usage:read') === true
  const spend = useSpend()
  if (!spend.data) return 'Each team with its people, its budget and what it has spent this month.'
  const { total, data, names } = spend.data
  const [most] = data
  if (!most || total.calls === 0)
    return `No team ${whole ? '' : 'that you see '}has called a model this month.`
  const who = names[most.group.team ?? ''] ?? 'One team'
  const spent = `${usd(total.costUsd)} spent this month in ${count(total.calls)} calls${whole ? '' : ' that you see'}`
  return data.length === 1 ? `${spent}.` : `${spent}; ${who} spent most, ${usd(most.costUsd)}.`
}

function useSpend() {
  const { organization } = useViewer()
  const from = monthStart(organization.timeZone)
  return useQuery(q(usageReport, { query: { by: 'team', from } }))
}

/** Who holds a role in a team or in a project of it; null when there are more roles than one answer holds. */
function membersOf(grants: Output<typeof grantList> | undefined): Map<string, Set<string>> | null {
  if (!grants || grants.nextCursor !== null) return null
  const members = new Map<string, Set<string>>()
  for (const { teamId, userId } of grants.data) {
    if (teamId === null || userId === null) continue
    members.set(teamId, (members.get(teamId) ?? new Set()).add(userId))
  }
  return members
}
