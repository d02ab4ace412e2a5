import { Button, Menu } from '@mantine/core'
import { ChevronDown, Download } from 'lucide-react'
import { count } from '../../format.ts'
import { saveFile } from '../../save-file.ts'
import { toast } from '../../ui/announce.tsx'
import { Download as Downloading, useDownload } from '../../ui/Download.tsx'
import { callsFile } from '../access-log/calls-file.ts'
import type { Span } from './range.ts'
import { filterOf, type View } from './view.ts'

type Csv = () => Promise<string | null>

/** What is seen as a file, or each call behind it. */
export function ExportMenu({
  view,
  span,
  lines,
  table,
  overTime,
}: {
  view: View
  span: Span
  /** How many lines the table has; null while it is not there. */
  lines: number | null
  /** The table as CSV; null when what writes it did not load, which the reader knows by then. */
  table: Csv
  /** The same over time; undefined while it is not there, null when there are too many lines to have all of them. */
  overTime: { step: 'hour' | 'day'; lines: number; csv: Csv } | null | undefined
}) {
  const calls = useDownload()
  const save = async (file: string, csv: Csv, said: string) => {
    const text = await csv()
    if (text === null) return
    saveFile(file, new Blob([text], { type: 'text/csv' }))
    toast(said)
  }
  const name = `usage-${span.days[0]}-to-${span.days.at(-1)}`
  return (
    <Downloading of={calls}>
      <Menu position="bottom-end" withinPortal={false}>
        <Menu.Target>
          <Button
            leftSection={<Download size={16} aria-hidden />}
            rightSection={<ChevronDown size={16} aria-hidden />}
          >
            Export CSV
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            disabled={lines === null}
            onClick={() =>
              save(`${name}-by-${view.by.join('-').replaceAll(':', '-')}.csv`, table, 'The table is saved.')
            }
          >
            The table{lines !== null && ` (${count(lines)} ${lines === 1 ? 'line' : 'lines'})`}
          </Menu.Item>
          <Menu.Item
            disabled={!overTime}
            onClick={() =>
              overTime && save(`${name}-each-${overTime.step}.csv`, overTime.csv, 'The lines are saved.')
            }
          >
            {overTime
              ? `Each ${overTime.step} (${count(overTime.lines)} ${overTime.lines === 1 ? 'line' : 'lines'})`
              : overTime === null
                ? 'Over time: too many lines, choose a shorter time'
                : 'Over time: not there yet'}
          </Menu.Item>
          <Menu.Item onClick={() => calls.start(callsFile(`${name}-calls.csv`, callsOf(view, span)))}>
            Each call in this time
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Downloading>
  )
}

/** The calls behind what is seen. */
function callsOf(view: View, { from, to }: Span) {
  return { from, ...(to === undefined ? {} : { to }), ...filterOf(view) }
}
