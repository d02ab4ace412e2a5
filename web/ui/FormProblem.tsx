import { Button } from '@mantine/core'
import { CircleAlert } from 'lucide-react'
import { useState } from 'react'
import { isConflict } from '../api.ts'
import { type Meanwhile, useMeanwhile } from '../as-opened.tsx'
import classes from './FormProblem.module.css'
import { Problem } from './Region.tsx'

/** What a form says at its end: what saving failed with, and what somebody else saved of the same thing meanwhile. */
export function FormProblem({ error }: { error: unknown }) {
  const meanwhile = useMeanwhile()
  const [told, setTold] = useState<unknown>(null)
  if (meanwhile === null) return <Problem error={error} />
  const { clashes, looking, seen, followed, settled } = meanwhile
  // What somebody else saved is told once, by what it means for what was typed, and stays told whatever is typed then.
  if (isConflict(error) && error !== told && (clashes || looking || seen || followed || settled))
    setTold(error)
  return (
    <>
      <ChangedMeanwhile of={meanwhile} refused={isConflict(error)} />
      {error !== told && <Problem error={error} />}
    </>
  )
}

type Props = {
  of: Meanwhile
  /** Saving was refused for what somebody else saved. */
  refused: boolean
}

function ChangedMeanwhile({ of, refused }: Props) {
  const { clashes, clashing, looking, seen, followed, settled, look, back } = of
  if (clashes) {
    return (
      <div role="alert" className={classes.changed}>
        <CircleAlert size={16} aria-hidden />
        <div className={classes.words}>
          Somebody else saved the same while you were changing it. What you typed is still here, and not
          saved.
          {clashing.length > 0 && (
            <ul>
              {clashing.map(({ label, values }) => (
                <li key={label}>
                  <strong>{label}</strong>
                  {values && `: now ${values.saved}, yours ${values.typed}`}
                </li>
              ))}
            </ul>
          )}
        </div>
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
  if (refused && settled) {
    return (
      <div role="status" className={classes.looking}>
        <span>Somebody else saved meanwhile. What is here is saved, and nothing is left to save.</span>
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
