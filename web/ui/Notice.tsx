import type { ReactNode } from 'react'
import classes from './Region.module.css'

/** What stands in the place of something that is not there: what that is, why, and the way on. */
export function Notice({
  icon,
  title,
  alert,
  children,
}: {
  icon?: ReactNode
  title: string
  alert?: boolean
  children?: ReactNode
}) {
  return (
    <div className={classes.notice} role={alert ? 'alert' : undefined}>
      {icon}
      <strong>{title}</strong>
      {children}
    </div>
  )
}
