import { useQuery } from '@tanstack/react-query'
import { budgetList } from '../../../src/contract/budgets.ts'
import type { Output } from '../../../src/contract/operation.ts'
import type { teamView } from '../../../src/contract/teams.ts'
import { q } from '../../api.ts'
import { Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { To } from '../../ui/To.tsx'
import { useCan } from '../../viewer.ts'
import { BudgetCards } from '../budgets/BudgetCards.tsx'
import { PlaceBurn } from '../budgets/PlaceBurn.tsx'
import { drawnOf } from '../budgets/standing.ts'
import { Allowed } from './Allowed.tsx'
import { SpendTable } from './SpendTable.tsx'
import { TeamWaits } from './TeamWaits.tsx'
import classes from './teams.module.css'

const MOST = 50

/** What is left of the team's money, where it went, and what waits for somebody. */
export function TeamOverview({ team }: { team: Output<typeof teamView> }) {
  const can = useCan([{ type: 'team', id: team.id }])
  const mayRead = can('budget:read', team.id)
  const seesSpend = can('usage:read', team.id) === true
  const budgets = useQuery({
    ...q(budgetList, { query: { scopeType: 'team', scopeId: team.id, limit: MOST } }),
    enabled: mayRead === true,
  })
  return (
    <>
      <Section
        title="Budget"
        actions={
          <To to="/teams/$teamId" params={{ teamId: team.id }} search={{ tab: 'limits' }}>
            All limits
          </To>
        }
      >
        <Allowed permission="budget:read" scope={{ type: 'team', id: team.id }}>
          {() => (
            <Region of={budgets} rows={2}>
              {({ data }) => {
                const own = data.filter(({ memberOf }) => memberOf === null)
                if (own.length === 0) {
                  return (
                    <Empty title="No budget of its own">
                      <p>Only the organization’s budgets bound what this team spends.</p>
                    </Empty>
                  )
                }
                const drawn = seesSpend ? drawnOf(own) : undefined
                if (!drawn) return <BudgetCards budgets={own} burn />
                return (
                  <div className={classes.burning}>
                    <BudgetCards budgets={own} burn />
                    <PlaceBurn budget={drawn} />
                  </div>
                )
              }}
            </Region>
          )}
        </Allowed>
      </Section>
      <TeamWaits team={team} />
      <SpendTable
        title="Spent this month, by project"
        by="project"
        header="Project"
        of={{ teamId: team.id }}
        target={(projectId) => ({ to: '/projects/$projectId', params: { projectId } })}
      />
      <SpendTable title="Spent this month, by model" by="model" header="Model" of={{ teamId: team.id }} />
    </>
  )
}
