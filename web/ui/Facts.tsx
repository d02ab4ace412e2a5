import { Fragment, type ReactNode } from 'react'
import classes from './Facts.module.css'

export type Fact = { label: string; value: ReactNode }

/** What is known of one thing, name by name. Facts without a value are left out. */
export function Facts({ of }: { of: Fact[] }) {
  const known = of.filter(({ value }) => value !== null && value !== undefined && value !== '')
  return (
    <dl className={classes.facts}>
      {known.map(({ label, value }) => (
        <Fragment key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  )
}
