import { Button } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { invitationList } from '../../src/contract/invitations.ts'
import type { Output } from '../../src/contract/operation.ts'
import { userList } from '../../src/contract/users.ts'
import { pages, q } from '../api.ts'
import { count } from '../format.ts'
import { useAddress } from '../search.ts'
import { ActButton } from '../ui/ActButton.tsx'
import { DataTable, type More, moreOf } from '../ui/DataTable.tsx'
import { ChoiceFilter, Filters, TextFilter } from '../ui/Filters.tsx'
import { panel } from '../ui/later.tsx'
import { Page, Section } from '../ui/Page.tsx'
import { Empty, Region } from '../ui/Region.tsx'
import { Status } from '../ui/Status.tsx'
import { Time } from '../ui/Time.tsx'
import { To } from '../ui/To.tsx'
import { useViewer } from '../viewer.ts'
import { Invitations } from './people/Invitations.tsx'
import { isOpen } from './people/invitation-state.ts'
import { Command } from './teams/Command.tsx'
import teams from './teams/teams.module.css'

const InvitePanel = panel(async () => (await import('./people/InvitePanel.tsx')).InvitePanel)

const MOST_INVITATIONS = 200
const PAGE = 100

const GONE = [{ value: 'gone', label: 'Deactivated' }]

/** Who is here, invited or gone. */
export default function PeoplePage() {
  const viewer = useViewer()
  const [{ show, search, new: inviting }, setAddress] = useAddress()
  const gone = show === 'gone'
  const deactivated = gone ? 'true' : 'false'
  const list = useInfiniteQuery(
    pages(userList, { query: { limit: PAGE, deactivated, ...(search ? { q: search } : {}) } }),
  )
  // Whoever may invite to a team alone chooses it in the form.
  const mayInvite = viewer.somewhere('invitation:create') || viewer.inOrganization('invitation:create')
  const invite = () => setAddress({ new: 'invitation' })
  return (
    <Page
      title="People"
      lead={<Lead />}
      actions={
        <ActButton can={mayInvite} onClick={invite}>
          Invite somebody
        </ActButton>
      }
    >
      <Invitations />
      <Section title="Accounts">
        <Filters label="Filter people">
          <TextFilter name="search" label="Find by name or e-mail" placeholder="Ada, or ada@example.com" />
          <ChoiceFilter name="show" label="Which people" all="Here" choices={GONE} />
        </Filters>
        <Region of={list}>
          {({ pages }) => {
            const people = pages.flatMap(({ data }) => data)
            if (people.length > 0) {
              return <PeopleTable people={people} more={moreOf(list)} />
            }
            return (
              <Empty
                title={
                  search
                    ? `Nobody ${gone ? 'deactivated ' : ''}is called “${search}”`
                    : 'Nobody is deactivated'
                }
              >
                <Button variant="default" onClick={() => setAddress({ search: undefined, show: undefined })}>
                  Clear filters
                </Button>
                <Command>claviger invitation create --email bob@example.com</Command>
              </Empty>
            )
          }}
        </Region>
      </Section>
      {inviting === 'invitation' && <InvitePanel onClose={() => setAddress({ new: undefined })} />}
    </Page>
  )
}

function PeopleTable({ people, more }: { people: Output<typeof userList>['data']; more: More }) {
  const { user: me } = useViewer()
  return (
    <DataTable
      label="People"
      rows={people}
      rowId={({ id }) => id}
      columns={[
        {
          id: 'name',
          header: 'Name',
          title: true,
          cell: ({ id, name }) => (
            <>
              <To to="/people/$userId" params={{ userId: id }}>
                {name}
              </To>
              {id === me?.id && <span className={teams.plain}> (you)</span>}
            </>
          ),
          sort: ({ name }) => name.toLowerCase(),
        },
        { id: 'email', header: 'E-mail', cell: ({ email }) => email, sort: ({ email }) => email },
        {
          id: 'state',
          header: 'State',
          cell: ({ deactivatedAt, breakGlass }) => (
            <span className={teams.acts}>
              {deactivatedAt === null ? (
                <Status tone="good">active</Status>
              ) : (
                <Status tone="quiet">deactivated</Status>
              )}
              {breakGlass && <Status tone="accent">emergency sign-in</Status>}
            </span>
          ),
        },
        {
          id: 'since',
          header: 'Since',
          cell: ({ createdAt }) => <Time at={createdAt} />,
          sort: ({ createdAt }) => createdAt,
        },
      ]}
      more={more}
    />
  )
}

function Lead() {
  const invitations = useQuery(q(invitationList, { query: { limit: MOST_INVITATIONS } }))
  const people = useQuery(q(userList, { query: { limit: 200, deactivated: 'false' } }))
  if (!people.data) return 'Who is here, who is invited, and who is gone.'
  const number = `${people.data.nextCursor === null ? '' : 'More than '}${count(people.data.data.length)}`
  const here = people.data.data.length === 1 ? 'One person is here' : `${number} people are here`
  const waiting = (invitations.data?.data ?? []).filter((one) => isOpen(one)).length
  if (waiting === 0) return `${here}.`
  return `${here}; ${waiting === 1 ? 'one invitation is' : `${count(waiting)} invitations are`} waiting to be accepted.`
}
