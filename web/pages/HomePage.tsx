import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { requestList } from '../../src/contract/requests.ts'
import { q } from '../api.ts'
import { usd } from '../format.ts'
import { Page, Section } from '../ui/Page.tsx'
import { To } from '../ui/To.tsx'
import { useViewer } from '../viewer.ts'
import classes from './home/home.module.css'
import { NeedsList } from './home/NeedsList.tsx'
import { OwnKeys } from './home/OwnKeys.tsx'
import { SpendCard, useSpend } from './home/SpendCard.tsx'
import { useNeeds } from './home/use-needs.ts'
import { Vitals } from './home/Vitals.tsx'

export default function HomePage() {
  const { somewhere, inOrganization } = useViewer()
  const needs = useNeeds()
  const { asked: spend } = useSpend()
  return (
    <Page
      title="Home"
      lead={!needs.pending && <Lead waiting={needs.needs.length} spent={spend.data?.total.costUsd} />}
      actions={
        somewhere('key:create') && (
          <Button component={To} to="/keys" search={{ new: '1' }}>
            Create key
          </Button>
        )
      }
    >
      {inOrganization('provider:create') === true && <NewHere />}
      <div className={classes.columns}>
        <div>
          <Section title="Needs you">
            <NeedsList {...needs} />
          </Section>
          <OwnKeys />
        </div>
        <aside className={classes.side} aria-label="How it stands">
          {somewhere('usage:read') && <SpendCard />}
          <Vitals />
        </aside>
      </div>
    </Page>
  )
}

/** The answer in a sentence. */
function Lead({ waiting, spent }: { waiting: number; spent: string | undefined }) {
  const things =
    waiting === 0 ? 'Nothing needs you' : waiting === 1 ? 'One thing needs you' : `${waiting} things need you`
  return (
    <>
      {things}
      {spent === undefined ? '.' : `; ${usd(spent)} spent this month.`}
    </>
  )
}

/** Until the first call went through, the way there. */
function NewHere() {
  const { somewhere } = useViewer()
  const calls = useQuery({ ...q(requestList, { query: { limit: 1 } }), enabled: somewhere('usage:read') })
  if (calls.data?.data.length !== 0) return null
  return (
    <div className={classes.new}>
      <span>No call has gone through Claviger yet. A short list leads to the first one.</span>
      <Button component={To} to="/start" variant="default">
        First steps
      </Button>
    </div>
  )
}
