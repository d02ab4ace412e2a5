import { Bot, User } from 'lucide-react'
import classes from './keys.module.css'
import type { Key, NameOf } from './Place.tsx'

/** Whose key it is: a person's or a program's, told apart by more than its name. */
export function Owner({ of: key, nameOf }: { of: Key; nameOf: NameOf }) {
  const Icon = key.serviceAccountId === null ? User : Bot
  return (
    <span className={classes.owner}>
      <Icon size={15} aria-hidden />
      <span>
        {nameOf(key.userId ?? key.serviceAccountId)}
        {key.serviceAccountId && <span className="unseen"> (service account)</span>}
      </span>
    </span>
  )
}
