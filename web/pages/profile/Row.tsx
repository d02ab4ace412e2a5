import type { ReactNode } from 'react'
import { Card } from '../../ui/Page.tsx'
import classes from './profile.module.css'

/** Things of one kind under each other: what it is, how it stands, what can be done. */
export function Rows({ children }: { children: ReactNode }) {
  return <Card className={classes.rows}>{children}</Card>
}

export function Row({
  title,
  children,
  actions,
}: {
  title: string
  children: ReactNode
  actions?: ReactNode
}) {
  return (
    <div className={classes.row}>
      <h3>{title}</h3>
      <div className={classes.value}>{children}</div>
      {actions && <div className={classes.actions}>{actions}</div>}
    </div>
  )
}
