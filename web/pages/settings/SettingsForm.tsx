import type { FormEvent, ReactNode } from 'react'
import { useMeanwhile } from '../../as-opened.tsx'
import { ActButton } from '../../ui/ActButton.tsx'
import { FormProblem } from '../../ui/FormProblem.tsx'
import { Card } from '../../ui/Page.tsx'
import { useSaveAgain } from '../../ui/use-save-again.ts'
import type { Verdict } from '../../viewer.ts'
import classes from './settings.module.css'

/** The form of one section, within `AsOpened`: its fields, and one button that saves what was changed. */
export function SettingsForm({
  can,
  changed,
  invalid = false,
  pending,
  error,
  onSave,
  children,
}: {
  can: Verdict
  /** Whether anything is to be saved. */
  changed: boolean
  /** Whether a field says what is wrong with it. */
  invalid?: boolean
  pending: boolean
  error: unknown
  onSave: () => void
  children: ReactNode
}) {
  const meanwhile = useMeanwhile()
  const ready = can === true && changed && !invalid
  const saveAgain = useSaveAgain(error, ready, onSave)
  const save = (event: FormEvent) => {
    event.preventDefault()
    if (ready) saveAgain()
  }
  return (
    <Card hidden={meanwhile?.hidden ?? false}>
      <form onSubmit={save} className={classes.form}>
        {children}
        <FormProblem error={error} />
        <div className={classes.foot}>
          <ActButton
            type="submit"
            can={can}
            loading={pending}
            disabled={can === true && (!changed || invalid)}
          >
            Save
          </ActButton>
          {!changed && <span className="muted">Nothing is changed.</span>}
          {invalid && <span className="muted">Mend what is marked first.</span>}
        </div>
      </form>
    </Card>
  )
}
