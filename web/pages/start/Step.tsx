import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import classes from './start.module.css'

/** One step of the list: what it is, whether it is done, and while it is the next one, how to do it. */
export function Step({
  number,
  title,
  done,
  next,
  summary,
  children,
}: {
  number: number
  title: string
  done: boolean
  /** The first that is not done. */
  next: boolean
  /** What came of it, or what it is for. */
  summary: ReactNode
  children?: ReactNode
}) {
  return (
    <li className={classes.step} aria-current={next ? 'step' : undefined}>
      <span className={`${classes.mark} ${done ? classes.done : ''}`} aria-hidden>
        {done ? <Check size={16} /> : number}
      </span>
      <div className={classes.body}>
        <h2>
          {title}
          {done && <span className="unseen">: done</span>}
        </h2>
        <div className={classes.summary}>{summary}</div>
        {children}
      </div>
    </li>
  )
}
