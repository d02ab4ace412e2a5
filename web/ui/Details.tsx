import type { ReactNode } from 'react'
import classes from './Details.module.css'

/** What is known of one thing, as pairs of a name and a value. Null is left out. */
export function Details({ of }: { of: [name: string, value: ReactNode][] }) {
  return (
    <dl className={classes.details}>
      {of.map(([name, value]) =>
        value === null ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  )
}
