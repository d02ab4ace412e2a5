import { Button } from '@mantine/core'
import { CircleAlert, CircleDashed, TriangleAlert } from 'lucide-react'
import { Loading } from '../../ui/Region.tsx'
import { To } from '../../ui/To.tsx'
import classes from './home.module.css'
import type { Need } from './needs.ts'

const ICON = { bad: CircleAlert, warn: TriangleAlert, quiet: CircleDashed }
const SAID = { bad: 'Now: ', warn: 'Soon: ', quiet: '' }

/** What waits for the viewer, each line a link to where it is seen to. */
export function NeedsList({
  needs,
  pending,
  missing,
  retry,
}: {
  needs: Need[]
  pending: boolean
  /** What could not be looked up. */
  missing: string[]
  retry: () => void
}) {
  if (needs.length === 0 && pending) return <Loading rows={3} />
  return (
    <>
      {needs.length > 0 && (
        <ul className={classes.needs}>
          {needs.map((need) => (
            <li key={need.id}>
              <Line need={need} />
            </li>
          ))}
        </ul>
      )}
      {needs.length === 0 && missing.length === 0 && (
        <p className={classes.nothing}>Nothing waits for you: no findings, requests, limits or texts.</p>
      )}
      {missing.length > 0 && (
        <p role="status" className={classes.missing}>
          Not looked up: {missing.join(', ')}.{' '}
          <Button size="compact-xs" variant="subtle" onClick={retry}>
            Try again
          </Button>
        </p>
      )}
    </>
  )
}

function Line({ need: { tone, text, note, at } }: { need: Need }) {
  const Icon = ICON[tone]
  return (
    <To {...at} className={classes.need}>
      <Icon size={18} aria-hidden className={classes[tone]} />
      <span>
        <span className="unseen">{SAID[tone]}</span>
        <span className={classes.text}>{text}</span>
        {note && <span className={classes.note}>{note}</span>}
      </span>
    </To>
  )
}
