import { NEAR_PERCENT } from '../../src/domain/budget.ts'
import { parseUsd } from '../../src/domain/money.ts'
import { count, percent, usd } from '../format.ts'
import classes from './Meter.module.css'

/** As it is said of budgets, to the last digit: 2.40 of 3 is four fifths, and less in a float. */
function isNear(used: string | number, limit: string | number): boolean {
  const [part = 0n, whole = 0n] = [used, limit].map((amount) => parseUsd(String(amount)) ?? 0n)
  return part * 100n >= whole * BigInt(NEAR_PERCENT)
}

/**
 * How much of a limit is used, as a bar and in words. `used` and `limit` are decimal amounts of USD, or plain numbers with
 * `unit`.
 */
export function Meter({
  used,
  limit,
  unit,
  goal = false,
  label,
}: {
  used: string | number
  limit: string | number
  unit?: string
  /** It is good to reach it: then nothing warns of it. */
  goal?: boolean
  /** What it is of, for who does not see the bar. */
  label: string
}) {
  const ratio = Number(limit) === 0 ? 1 : Number(used) / Number(limit)
  const tone = goal ? '' : ratio >= 1 ? classes.full : isNear(used, limit) ? classes.near : ''
  const say = unit === undefined ? usd : (amount: string | number) => `${count(Number(amount))} ${unit}`
  return (
    <div className={classes.meter}>
      {/* biome-ignore lint/a11y/useSemanticElements: browsers do not let a <meter> be drawn in our colours. */}
      <div
        role="meter"
        aria-label={label}
        aria-valuenow={Math.round(Math.min(ratio, 1) * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuetext={`${say(used)} of ${say(limit)}, ${percent(ratio)}`}
        className={classes.track}
      >
        <div className={`${classes.bar} ${tone}`} style={{ width: `${Math.min(ratio, 1) * 100}%` }} />
      </div>
      <span className={classes.words}>
        {say(used)} <span className="muted">of {say(limit)}</span>
      </span>
    </div>
  )
}
