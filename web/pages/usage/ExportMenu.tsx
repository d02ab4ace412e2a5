import { Button, Menu } from '@mantine/core'
import { ChevronDown, Download } from 'lucide-react'
import { count } from '../../format.ts'
import { saveFile } from '../../save-file.ts'
import { toast } from '../../ui/announce.tsx'
import { Download as Downloading, useDownload } from '../../ui/Download.tsx'
import { callsFile } from '../access-log/calls-file.ts'
import type { Span } from './range.ts'
import { filterOf, type View } from './view.ts'

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
  /** The table as CSV. */
  table: () => string
  /** The same over time; undefined while it is not there, null when there are too many lines to have all of them. */
  overTime: { step: 'hour' | 'day'; lines: number; csv: () => string } | null | undefined
}) {
  const calls = useDownload()
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
            onClick={() => {
              saveFile(`${name}-by-${view.by.join('-').replaceAll(':', '-')}.csv`, blobOf([table()]))
              toast('The table is saved.')
            }}
          >
            The table{lines !== null && ` (${count(lines)} ${lines === 1 ? 'line' : 'lines'})`}
          </Menu.Item>
          <Menu.Item
            disabled={!overTime}
            onClick={() => {
              if (!overTime) return
              saveFile(`${name}-each-${overTime.step}.csv`, blobOf([overTime.csv()]))
              toast('The lines are saved.')
            }}
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

function blobOf(pieces: BlobPart[]): Blob {
  return new Blob(pieces, { type: 'text/csv' })
}
