import { Progress } from '@mantine/core'
import { ago, count } from '../../format.ts'
import { Problem } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import classes from './audit.module.css'
import type { useVerify } from './verify.ts'

/** How far a verification is, and what it found, in plain words. */
export function Verdict({ of: { verify, progress } }: { of: ReturnType<typeof useVerify> }) {
  if (verify.isPending) {
    const { done = 0, total = 0 } = progress ?? {}
    const share = total === 0 ? 0 : Math.min(100, (done / total) * 100)
    return (
      <div className={classes.verdict} role="status">
        <p>
          Verifying: {count(done)} of {count(total)} events are right so far.
        </p>
        <Progress value={share} aria-label="Verified so far" animated />
      </div>
    )
  }
  if (verify.error) return <Problem error={verify.error} />
  if (!verify.data) return null
  const { ok, checked, firstBroken, head } = verify.data
  if (ok) {
    return (
      <div className={classes.verdict} role="status">
        <div>
          <Status tone="good">unbroken</Status>
        </div>
        <p>
          {count(checked)} events, unbroken.{' '}
          {head && `The last signed head is of ${ago(head.signedAt)}, at position ${count(head.position)}.`}
        </p>
      </div>
    )
  }
  return (
    <div className={classes.verdict} role="alert">
      <div>
        <Status tone="bad">broken</Status>
      </div>
      <p>
        <strong>
          At position {firstBroken && count(firstBroken.position)}: {firstBroken?.problem}.
        </strong>{' '}
        The {count(checked)} events before it are right.
      </p>
      <p>
        Somebody changed the trail, or an older backup was restored. Keep the database as it is, take an
        export, and compare it with heads that were kept elsewhere:{' '}
        <code>claviger audit verify --file audit.jsonl</code>
      </p>
    </div>
  )
}
