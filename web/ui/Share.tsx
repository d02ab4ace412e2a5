import { percent } from '../format.ts'
import classes from './Share.module.css'

/** Which part of a whole something is, as a bar and in words. */
export function Share({ part, whole }: { part: string | number; whole: string | number }) {
  const ratio = Number(whole) === 0 ? 0 : Number(part) / Number(whole)
  return (
    <span className={classes.share}>
      <span className={classes.track} aria-hidden>
        <span className={classes.bar} style={{ display: 'block', width: `${Math.min(1, ratio) * 100}%` }} />
      </span>
      <span className={classes.words}>{percent(ratio)}</span>
    </span>
  )
}
