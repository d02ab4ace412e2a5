import { Button } from '@mantine/core'
import { CircleAlert } from 'lucide-react'
import { isConflict } from '../api.ts'
import { useMeanwhile } from '../as-opened.tsx'
import classes from './FormProblem.module.css'
import { Problem } from './Region.tsx'

/** What a form says at its end: what saving failed with, and that somebody else saved the same thing meanwhile. */
export function FormProblem({ error }: { error: unknown }) {
  const meanwhile = useMeanwhile()
  if (meanwhile === null) return <Problem error={error} />
  const conflict = isConflict(error)
  return (
    <>
      <ChangedMeanwhile refused={conflict} />
      {!conflict && <Problem error={error} />}
    </>
  )
}

function ChangedMeanwhile({ refused }: { refused: boolean }) {
  const meanwhile = useMeanwhile()
  if (meanwhile === null) return null
  const { outdated, looking, seen, look, back } = meanwhile
  // A refusal that came before what is there now was looked at is over, also where both forms are told of it.
  const fresh = refused && !seen && !looking
  if (outdated || fresh) {
    return (
      <div role="alert" className={classes.changed}>
        <CircleAlert size={16} aria-hidden />
        <span>
          Somebody else saved this while you were changing it. What you typed is still here, and not saved.
        </span>
        {/* Refused before it was read again: it is on its way. */}
        <Button variant="default" size="compact-sm" loading={!outdated} onClick={look}>
          Show what is there now
        </Button>
        {looking && <Back onClick={back} />}
      </div>
    )
  }
  if (looking) {
    return (
      <div role="status" className={classes.looking}>
        <span>This is what is there now. What you typed is kept.</span>
        <Back onClick={back} autoFocus />
      </div>
    )
  }
  if (seen) {
    return (
      <div role="status" className={classes.looking}>
        <span>
          Saving can take the place of what somebody else saved. Check that all of this is as you want it.
        </span>
        <Button variant="default" size="compact-sm" autoFocus onClick={look}>
          Show what is there now
        </Button>
      </div>
    )
  }
  return null
}

function Back({ onClick, autoFocus = false }: { onClick: () => void; autoFocus?: boolean }) {
  return (
    <Button variant="default" size="compact-sm" autoFocus={autoFocus} onClick={onClick}>
      Back to what I typed
    </Button>
  )
}
