import { isolated } from '../../format.ts'
import type { Bucket } from './view.ts'

/** What a stretch of time is called: under the axis, in full, and in a sentence. */
type Words = { tick: string; title: string; when: string }

/** Days and hours are written as UTC's: what they are where somebody looks is what they are called by. */
function format(options: Intl.DateTimeFormatOptions): { format(date: Date): string } {
  const written = new Intl.DateTimeFormat(undefined, { ...options, timeZone: 'UTC' })
  return { format: (date) => isolated(written.format(date)) }
}
const DAY_TICK = format({ day: 'numeric', month: 'short' })
const MONTH = format({ month: 'short', year: 'numeric' })
const DAY = format({ dateStyle: 'full' })
const WEEK = format({ dateStyle: 'medium' })
const HOUR_TICK = format({ hour: 'numeric', minute: '2-digit' })
const HOUR = format({ dateStyle: 'full', timeStyle: 'short' })

/** Says what each of these stretches is called. Of two hours of one name, by how far each is from UTC. */
export function wordsOf(stretches: string[], bucket: Bucket): (stretch: string) => Words {
  if (bucket === 'hour') return hourWords(stretches)
  return (stretch) => {
    const date = new Date(stretch)
    if (bucket === 'month')
      return { tick: MONTH.format(date), title: MONTH.format(date), when: `in ${MONTH.format(date)}` }
    const tick = DAY_TICK.format(date)
    if (bucket === 'day') return { tick, title: DAY.format(date), when: `on ${DAY.format(date)}` }
    const week = WEEK.format(date)
    return { tick, title: `Week of ${week}`, when: `in the week of ${week}` }
  }
}

const LOCAL = '2026-10-25T02:00'.length

function hourWords(hours: string[]): (hour: string) => Words {
  const local = (hour: string) => hour.slice(0, LOCAL)
  const days = new Set(hours.map((hour) => hour.slice(0, '2026-10-25'.length))).size
  const seen = new Set<string>()
  const twice = new Set(hours.map(local).filter((hour) => seen.size === seen.add(hour).size))
  return (hour) => {
    const date = new Date(`${local(hour)}Z`)
    const which = twice.has(local(hour)) ? ` (UTC${hour.slice(LOCAL)})` : ''
    const time = `${HOUR_TICK.format(date)}${which}`
    const title = `${HOUR.format(date)}${which}`
    // Over more than two days, a time alone does not say which.
    return {
      tick: days > 2 ? `${DAY_TICK.format(date)}, ${time}` : time,
      title,
      when: `in the hour from ${title}`,
    }
  }
}
