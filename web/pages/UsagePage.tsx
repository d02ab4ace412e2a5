import { Button } from '@mantine/core'
import { useMemo } from 'react'
import { queryClient } from '../api.ts'
import { count } from '../format.ts'
import { type Search, useAddress } from '../search.ts'
import { ChartSpace, preloadChart } from '../ui/ChartSpace.tsx'
import { CopyButton } from '../ui/CopyButton.tsx'
import { part } from '../ui/later.tsx'
import { Card, Page, Section } from '../ui/Page.tsx'
import { Empty, Region } from '../ui/Region.tsx'
import { SavedViews } from '../ui/SavedViews.tsx'
import { sayNotLoaded } from '../ui/Spare.tsx'
import { Stat, Stats } from '../ui/Stat.tsx'
import { useViewer, withOrganization } from '../viewer.ts'
import classes from './usage/Controls.module.css'
import { Controls } from './usage/Controls.tsx'
import { ExportMenu } from './usage/ExportMenu.tsx'
import { Filters } from './usage/Filters.tsx'
import { amountOf, MEASURES, type Measure, type Sums, said } from './usage/measures.ts'
import { Ranking } from './usage/Ranking.tsx'
import { RANGE_NAMES, type Range } from './usage/range.ts'
import { type Report, rowsOf } from './usage/rows.ts'
import { changeText, sentenceOf } from './usage/sentence.ts'
import { Unpriced } from './usage/Unpriced.tsx'
import { type Answered, questionsOf, useUsage } from './usage/use-usage.ts'
import { useWhoseUsage } from './usage/use-whose-usage.ts'
import { bucketOf, groupName, narrowedBy, type View, viewOf } from './usage/view.ts'

const OverTime = part(async () => (await import('./usage/OverTime.tsx')).OverTime, ChartSpace)

/** Of every view, whatever it measures. */
const TILES: Measure[] = ['cost', 'calls', 'tokens', 'costPerThousand']
const CHART_ROWS = 9

export function ahead(search: Search): void {
  preloadChart()
  OverTime.preload()
  withOrganization((organization) => {
    const view = viewOf(search)
    const { ranking, timeline } = questionsOf(view, view.zone ?? organization.timeZone)
    for (const asked of [...ranking, ...timeline]) queryClient.prefetchQuery(asked)
  })
}

export default function UsagePage() {
  const [search] = useAddress()
  const { organization } = useViewer()
  const whose = useWhoseUsage()
  const view = viewOf(search)
  const timeZone = view.zone ?? organization.timeZone
  const { span, ranking, timeline } = useUsage(view, timeZone)
  const [now, before] = ranking.data?.reports ?? []
  const overTime = timeline.data && overTimeOf(timeline.data)
  const asked = ranking.data?.about.view ?? view
  const by = asked.by.join(',')
  const rows = useMemo(
    () => (now ? rowsOf(now, before, by.split(','), view.measure) : []),
    [now, before, by, view.measure],
  )
  const groups = asked.by.map((by) => groupName(by).toLowerCase()).join(' and ')
  // The last answer stays while the next is on its way.
  const waiting = ranking.waiting || timeline.waiting
  return (
    <Page
      title="Usage and cost"
      lead={
        <>
          {now && `${sentenceOf(view.measure, now.total, before?.total, rows)} `}
          {whose}
        </>
      }
      actions={
        <>
          <ExportMenu
            view={asked}
            span={ranking.data?.about.span ?? span}
            lines={now ? rows.length : null}
            table={() =>
              csvBy(({ csvOf }) =>
                now
                  ? csvOf({
                      rows,
                      by: asked.by,
                      measure: view.measure,
                      compared: before !== undefined,
                      from: now.from,
                      to: now.to,
                    })
                  : null,
              )
            }
            overTime={overTime}
          />
          <SavedViews page="/usage" />
        </>
      }
    >
      <Controls view={view} span={span} timeZone={timeZone} />
      <Filters view={view} span={span} />
      {now && !asked.unpriced && <Unpriced of={now.unpriced} search={search} />}
      <div aria-busy={waiting} className={`${classes.summary} ${waiting ? classes.waiting : ''}`}>
        <Region of={ranking} rows={2}>
          {({ reports: [now, before] }) => (
            <Stats>
              {TILES.map((measure) => (
                <Tile key={measure} measure={measure} now={now?.total} before={before?.total} />
              ))}
            </Stats>
          )}
        </Region>
      </div>
      {now?.total.attempts === 0 ? (
        <Nothing view={view} />
      ) : (
        <div aria-busy={waiting} className={waiting ? classes.waiting : undefined}>
          <Section title={`${MEASURES[view.measure].name} over time`}>
            <Card>
              <Region of={timeline} rows={CHART_ROWS}>
                {({ about, reports: [byPart, byTime] }) =>
                  byPart &&
                  byTime && (
                    <OverTime
                      byPart={byPart}
                      byTime={byTime}
                      by={about.view.by[0] ?? ''}
                      measure={view.measure}
                      bucket={bucketOf(about.view, about.span.days.length)}
                      first={about.span.days[0] ?? ''}
                      last={about.span.days.at(-1) ?? ''}
                      timeZone={about.timeZone}
                    />
                  )
                }
              </Region>
            </Card>
          </Section>
          {/* When it failed, that is said where the totals would be: it is one question. */}
          {!(ranking.error && ranking.data === undefined) && (
            <Section title={`By ${groups}`} note={noteOf(asked.by, now?.truncated ? rows.length : null)}>
              <Region of={ranking} rows={6}>
                {({ reports: [now, before] }) =>
                  now && (
                    <Ranking
                      key={`${asked.by}/${view.measure}`}
                      label={`${MEASURES[view.measure].name} by ${groups}`}
                      rows={rows}
                      total={now.total}
                      by={asked.by}
                      measure={view.measure}
                      compared={before !== undefined}
                      search={search}
                    />
                  )
                }
              </Region>
            </Section>
          )}
        </div>
      )}
    </Page>
  )
}

/** What a line counts, and whether all are there: null, or how many of them. */
function noteOf(by: string[], dearest: number | null): string | undefined {
  const notes = [
    dearest === null ? null : `The ${count(dearest)} dearest. The totals above count all.`,
    by.includes('model') ? 'By the name that was asked for; calls that were refused count too.' : null,
  ].filter((note) => note !== null)
  return notes.length === 0 ? undefined : notes.join(' ')
}

/** What writes files comes when somebody wants one. */
async function csvBy(
  write: (code: typeof import('./usage/csv.ts')) => string | null,
): Promise<string | null> {
  const code = await import('./usage/csv.ts').catch(sayNotLoaded)
  return code ? write(code) : null
}

/** The chart's lines as a file, unless there are more than the API answers at once. */
function overTimeOf({ about: { view, span }, reports: [byPart] }: { about: Answered; reports: Report[] }) {
  if (byPart === undefined || byPart.truncated) return null
  const step = bucketOf(view, span.days.length) === 'hour' ? ('hour' as const) : ('day' as const)
  return {
    step,
    lines: byPart.data.length,
    csv: () => csvBy(({ csvOverTime }) => csvOverTime(byPart, view.by[0] ?? '', step)),
  }
}

function Tile({
  measure,
  now,
  before,
}: {
  measure: Measure
  now: Sums | undefined
  before: Sums | undefined
}) {
  if (now === undefined) return null
  const amount = amountOf(measure, now)
  const earlier = before && amountOf(measure, before)
  return (
    <Stat
      label={MEASURES[measure].name}
      value={said(measure, amount)}
      note={
        before === undefined
          ? undefined
          : earlier
            ? `${changeText(amount, earlier)}, ${said(measure, earlier)} before`
            : 'Nothing before'
      }
    />
  )
}

const CURL = `curl ${location.origin}/v1/chat/completions -H "authorization: Bearer $CLAVIGER_API_KEY" -H "content-type: application/json" -d '{"model":"gpt-5.4-mini","messages":[{"role":"user","content":"ping"}]}'`
/** As long as one has to look back to say that there was nothing. */
const LONGEST: Range = '400d'

function Nothing({ view }: { view: View }) {
  const [, setAddress] = useAddress()
  const filters = narrowedBy(view)
  if (filters.length > 0) {
    const clear = Object.fromEntries(filters.map((name) => [name, undefined]))
    return (
      <Empty title="No calls match these filters">
        <p>Time: {RANGE_NAMES[view.range]}. Take a filter away, or choose a longer time.</p>
        <Button variant="default" onClick={() => setAddress(clear, false)}>
          Clear filters
        </Button>
      </Empty>
    )
  }
  return (
    <Empty title={view.range === LONGEST ? 'No traffic yet' : 'No calls in this time'}>
      <p>
        Each call through Claviger is counted here, with its tokens and its cost. To make one, with a model
        that you may use:
      </p>
      <p>
        <code>{CURL}</code> <CopyButton value={CURL} label="Copy the command" />
      </p>
      {view.range !== LONGEST && (
        <Button
          variant="default"
          onClick={() => setAddress({ range: LONGEST, from: undefined, to: undefined }, false)}
        >
          Look at the last 400 days
        </Button>
      )}
    </Empty>
  )
}
