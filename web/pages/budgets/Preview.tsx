import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { budgetDryRun } from '../../../src/contract/dry-runs.ts'
import type { Input } from '../../../src/contract/operation.ts'
import type { Budget, BudgetLines } from '../../../src/domain/budget.ts'
import { problemOfLines } from '../../../src/domain/budget-terms.ts'
import { problemOf, q } from '../../api.ts'
import { day, usd } from '../../format.ts'
import classes from './Preview.module.css'
import { spentSoFar, wouldHave } from './tried.ts'

const PAUSE_MS = 400
/** As far back as a dry run goes. */
const DAYS = 31

type Tried = Omit<Input<typeof budgetDryRun>['body'], 'days'> & BudgetLines & Pick<Budget, 'kind'>

/** What a budget would have done to the calls of the last days, before it is saved. */
export function Preview({ tried, children }: { tried: Tried; children?: ReactNode }) {
  const [body] = useDebouncedValue(tried, PAUSE_MS)
  const unfinished = problemOfLines(body.kind, body)
  const { data, error } = useQuery({
    ...q(budgetDryRun, { body: { ...body, days: DAYS } }),
    enabled: unfinished === null,
    retry: false,
  })
  if (unfinished) {
    return (
      <Note>
        <p>Not tried yet: {unfinished.message}.</p>
      </Note>
    )
  }
  if (error) {
    return (
      <Note>
        <p>What it would have done is not known: {problemOf(error)?.message}</p>
      </Note>
    )
  }
  if (!data) {
    return (
      <Note>
        <p>Trying it on the calls of the last {DAYS} days …</p>
      </Note>
    )
  }
  const { tone, text } = wouldHave(data)
  const spent = spentSoFar(data)
  return (
    <Note blocks={tone === 'blocks'}>
      <p>{text}</p>
      {spent && (
        <p>
          Since {day(spent.since, data.budget.timeZone)}, when the present window began, these calls cost{' '}
          <strong>{usd(spent.usd)}</strong>. {children}
        </p>
      )}
    </Note>
  )
}

export function Note({ blocks, children }: { blocks?: boolean; children: ReactNode }) {
  return (
    <div role="status" className={`${classes.preview} ${blocks ? classes.blocks : ''}`}>
      {children}
    </div>
  )
}
