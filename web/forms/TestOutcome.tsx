import type { credentialTest } from '../../src/contract/credentials.ts'
import type { Output } from '../../src/contract/operation.ts'
import { duration } from '../format.ts'
import { Status } from '../ui/Status.tsx'
import classes from './TestOutcome.module.css'

export type Outcome = Output<typeof credentialTest>

/** What came of the test of a secret, and what the provider itself said when it refused. */
export function TestOutcome({ outcome }: { outcome: Outcome }) {
  const { works, status, detail, said, durationMs } = outcome
  return (
    <div role="status" className={classes.outcome}>
      <div>
        <Status tone={works ? 'good' : 'bad'}>{works ? 'works' : 'does not work'}</Status> {detail}{' '}
        <span className="muted">
          {status === null ? '' : `Status ${status}, `}
          {duration(durationMs)}
        </span>
      </div>
      {said !== null && (
        <figure className={classes.said}>
          <figcaption>In the provider’s own words</figcaption>
          <blockquote>{said}</blockquote>
        </figure>
      )}
    </div>
  )
}
