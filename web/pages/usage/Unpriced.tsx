import { TriangleAlert } from 'lucide-react'
import { count, usd } from '../../format.ts'
import type { Search } from '../../search.ts'
import { To } from '../../ui/To.tsx'
import classes from './Controls.module.css'
import type { Report } from './rows.ts'

/** That some of the costs are not costs but what was held, and the way to these calls. Nothing when all are known. */
export function Unpriced({ of: { calls, costUsd }, search }: { of: Report['unpriced']; search: Search }) {
  if (calls === 0) return null
  return (
    <p className={classes.unpriced} role="status">
      <TriangleAlert size={16} aria-hidden />
      <span>
        {calls === 1
          ? `1 call has no known price: the ${usd(costUsd)} that was held for it is in the sums instead.`
          : `${count(calls)} calls have no known price: the ${usd(costUsd)} that was held for them is in the sums instead.`}{' '}
        <To to="/usage" search={{ ...search, priced: 'no' }}>
          {calls === 1 ? 'Show only this call' : 'Show only these calls'}
        </To>
      </span>
    </p>
  )
}
