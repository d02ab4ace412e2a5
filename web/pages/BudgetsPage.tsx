import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { budgetCount } from '../../src/contract/budgets.ts'
import type { Output } from '../../src/contract/operation.ts'
import { BUDGET_STANDINGS, type BudgetWord } from '../../src/domain/budget.ts'
import { SCOPE_TYPES } from '../../src/domain/scope.ts'
import { q } from '../api.ts'
import { count } from '../format.ts'
import { BudgetCreate } from '../forms/panels.ts'
import { type Search, useAddress } from '../search.ts'
import { ActButton } from '../ui/ActButton.tsx'
import { part } from '../ui/later.tsx'
import { Page } from '../ui/Page.tsx'
import { Tabs } from '../ui/Tabs.tsx'
import { useGo } from '../ui/To.tsx'
import { useViewer, type Verdict } from '../viewer.ts'
import { BudgetsTab } from './budgets/BudgetsTab.tsx'

const AlertsTab = part(async () => (await import('./budgets/AlertsTab.tsx')).AlertsTab)
const CreditsTab = part(async () => (await import('./budgets/CreditsTab.tsx')).CreditsTab)
const RateLimitsTab = part(async () => (await import('./budgets/RateLimitsTab.tsx')).RateLimitsTab)

const NOWHERE: Verdict = { reason: 'You may set budgets nowhere. Who answers for your team or project can.' }

export default function BudgetsPage() {
  const [address, setAddress] = useAddress()
  const { somewhere, organization } = useViewer()
  const go = useGo()
  const { data } = useQuery(q(budgetCount, {}))
  const close = () => setAddress({ new: undefined, scopeType: undefined, scopeId: undefined })
  return (
    <Page
      title="Budgets and alerts"
      lead={data && leadOf(data)}
      actions={
        <ActButton
          can={somewhere('budget:create') || NOWHERE}
          leftSection={<Plus size={16} aria-hidden />}
          onClick={() => setAddress({ new: 'budget' }, false)}
        >
          New budget
        </ActButton>
      }
    >
      <Tabs
        label="Budgets and alerts"
        tabs={[
          { id: 'budgets', title: 'Budgets', panel: () => <BudgetsTab /> },
          { id: 'alerts', title: 'Alerts', panel: () => <AlertsTab /> },
          { id: 'credits', title: 'Credits', panel: () => <CreditsTab /> },
          { id: 'rate-limits', title: 'Rate limits', panel: () => <RateLimitsTab /> },
        ]}
      />
      {address.new === 'budget' && (
        <BudgetCreate
          first={scopeIn(address, organization.id)}
          onClose={close}
          onMade={(budgetId) => go({ to: '/budgets/$budgetId', params: { budgetId } })}
        />
      )}
    </Page>
  )
}

/** Whose budget the address asks for: `scopeType` and `scopeId`. */
function scopeIn({ scopeType, scopeId }: Search, organizationId: string) {
  const type = SCOPE_TYPES.find((one) => one === scopeType) ?? 'team'
  return { type, id: scopeId ?? (type === 'organization' ? organizationId : null) }
}

const SAID: Record<Exclude<BudgetWord, 'open'>, [one: string, more: string]> = {
  suspended: ['is suspended', 'are suspended'],
  refusing: ['refuses calls', 'refuse calls'],
  over: ['is over its limit', 'are over their limit'],
  throttled: ['is slowed down', 'are slowed down'],
  near: ['is nearly spent', 'are nearly spent'],
}

function leadOf({ total, standings }: Output<typeof budgetCount>): string {
  if (total === 0) return 'No budget is set: what is spent has no end but the providers’.'
  const said = BUDGET_STANDINGS.flatMap((standing) => {
    const many = standings[standing]
    return standing === 'open' || many === 0 ? [] : [`${count(many)} ${SAID[standing][many === 1 ? 0 : 1]}`]
  })
  const of = `Of ${count(total)} ${total === 1 ? 'budget' : 'budgets'}, `
  return `${of}${said.length === 0 ? 'all have money left' : said.join(', ')}.`
}
