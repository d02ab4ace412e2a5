import { ago, moment } from '../format.ts'

/** A moment as people say it; in full for whoever points at it. Nothing is "never". */
export function Time({ at, never = 'never' }: { at: string | null; never?: string }) {
  if (at === null) return <span className="muted">{never}</span>
  return (
    <time dateTime={at} title={moment(at)}>
      {ago(at)}
    </time>
  )
}
