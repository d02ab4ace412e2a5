import { useEffect } from 'react'
import { fetched } from '../fetched.ts'
import classes from './ChartSpace.module.css'

/** The drawing itself comes with its library, which nobody loads who sees no chart. */
export const ChartDrawing = fetched(() => import('./ChartDrawing.tsx'))

/** For a page that waits for the numbers of a chart: what draws it is fetched beside them, and not after. */
export function preloadChart(): void {
  ChartDrawing.preload()
}

/** As much room as a chart takes, while its numbers are on their way. */
export function ChartSpace() {
  useEffect(preloadChart, [])
  return (
    <div className={classes.space}>
      <Lines />
    </div>
  )
}

/** What a drawing stands on, while it is on its way. */
export function Lines() {
  return (
    <div className={classes.lines} aria-busy="true">
      <span className="unseen">Loading</span>
    </div>
  )
}
