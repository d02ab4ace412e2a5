import type { ReactNode } from 'react'
import classes from './Stat.module.css'
import { type Target, To } from './To.tsx'

/** One number that answers a question, with what it is compared with; a link to what explains it. */
export function Stat({
  label,
  value,
  note,
  target,
}: {
  label: string
  value: ReactNode
  note?: ReactNode
  target?: Target
}) {
  const inside = (
    <>
      <span className={classes.label}>{label}</span>
      <span className={classes.value}>{value}</span>
      {note && <span className={classes.note}>{note}</span>}
    </>
  )
  if (target === undefined) return <div className={classes.stat}>{inside}</div>
  return (
    <To {...target} className={classes.stat}>
      {inside}
    </To>
  )
}

export function Stats({ children }: { children: ReactNode }) {
  return <div className={classes.stats}>{children}</div>
}
