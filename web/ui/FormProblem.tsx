import { Button } from '@mantine/core'
import { CircleAlert } from 'lucide-react'
import { isConflict } from '../api.ts'
import { type Meanwhile, useMeanwhile } from '../as-opened.tsx'
import classes from './FormProblem.module.css'
import { Problem } from './Region.tsx'

/** What a form says at its end: what saving failed with, and what somebody else saved of the same thing meanwhile. */
export function FormProblem({ error }: { error: unknown }) {
  const meanwhile = useMeanwhile()
  if (meanwhile === null) return <Problem error={error} />
  const { clashes, looking, seen } = meanwhile
  // A refusal is over once what is there now was looked at, also where both forms are told of it.
  const told = isConflict(error) && (clashes || looking || seen)
  return (
    <>
      <ChangedMeanwhile of={meanwhile} />
      {!told && <Problem error={error} />}
    </>
  )
}

function ChangedMeanwhile({ of: { clashes, looking, seen, followed, look, back } }: { of: Meanwhile }) {
  if (clashes) {
    return (
      <div role="alert" className={classes.changed}>
        <CircleAlert size={16} aria-hidden />
        <span>
          Somebody else saved the same while you were changing it. What you typed is still here, and not
          saved.
        </span>
        <Button variant="default" size="compact-sm" onClick={look}>
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
  if (followed) {
    return (
      <div role="status" className={classes.looking}>
        <span>
          Somebody else changed other fields meanwhile. They are shown as they are now, and stay so when you
          save.
        </span>
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
