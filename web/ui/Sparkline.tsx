import type { Amount } from './Figure.tsx'
import classes from './Sparkline.module.css'

const WIDTH = 100
const HEIGHT = 24

/**
 * How something went, without axes or numbers, beside the number it is about: `<Sparkline label="Calls, each hour of the
 * last day: 1,204 in all" values={calls} />`. The label is its sentence, for who does not see it; from zero at the bottom
 * to the largest at the top.
 */
export function Sparkline({ label, values }: { label: string; values: Amount[] }) {
  const numbers = values.map(Number)
  const most = Math.max(...numbers, 0)
  const step = WIDTH / Math.max(numbers.length - 1, 1)
  const line = numbers
    .map(
      (number, i) =>
        `${(i * step).toFixed(2)} ${(HEIGHT - 1 - (most === 0 ? 0 : (number / most) * (HEIGHT - 2))).toFixed(2)}`,
    )
    .join('L')
  return (
    <figure className={classes.figure}>
      {numbers.length > 1 && (
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden>
          <path className={classes.area} d={`M0 ${HEIGHT}L${line}L${WIDTH} ${HEIGHT}Z`} />
          <path className={classes.line} d={`M${line}`} />
        </svg>
      )}
      <figcaption className="unseen">{label}</figcaption>
    </figure>
  )
}
