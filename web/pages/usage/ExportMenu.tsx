import { Button, Menu } from '@mantine/core'
import { ChevronDown, Download } from 'lucide-react'
import { useRef, useState } from 'react'
import { callForFile } from '../../../src/contract/client.ts'
import { MOST_EXPORTED, requestExport } from '../../../src/contract/requests.ts'
import { client } from '../../api.ts'
import { count } from '../../format.ts'
import { saveFile } from '../../save-file.ts'
import { announce, toast } from '../../ui/announce.tsx'
import { Problem } from '../../ui/Region.tsx'
import classes from './ExportMenu.module.css'
import type { Span } from './range.ts'
import { filterOf, type View } from './view.ts'

const LINE_END = 10

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
  const calls = useCallExport()
  const name = `usage-${span.days[0]}-to-${span.days.at(-1)}`
  if (calls.lines !== null) {
    return (
      <div className={classes.running}>
        <span>
          Exporting: {count(calls.lines)} {calls.lines === 1 ? 'call' : 'calls'} so far
        </span>
        <Button variant="default" onClick={calls.stop}>
          Stop
        </Button>
      </div>
    )
  }
  return (
    <div>
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
          <Menu.Item onClick={() => calls.start(`${name}-calls.csv`, view, span)}>
            Each call in this time
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Problem error={calls.error} />
    </div>
  )
}

/** Fetches each call, however many, and says how far it is. `lines` is null while nothing is fetched. */
function useCallExport() {
  const [lines, setLines] = useState<number | null>(null)
  const [error, setError] = useState<unknown>(null)
  const reader = useRef<ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | null>(null)
  const stopped = useRef(false)

  async function start(name: string, view: View, { from, to }: Span): Promise<void> {
    setError(null)
    setLines(0)
    announce('The export has begun.')
    stopped.current = false
    const time = to === undefined ? { from } : { from, to }
    try {
      const file = await callForFile(client, requestExport, { query: { ...time, ...filterOf(view) } })
      // What a response hands out is never shared memory.
      const bytes = file.getReader() as ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>
      reader.current = bytes
      const pieces: Uint8Array<ArrayBuffer>[] = []
      // The first line is the head.
      let seen = -1
      for (let piece = await bytes.read(); !piece.done; piece = await bytes.read()) {
        pieces.push(piece.value)
        for (const byte of piece.value) if (byte === LINE_END) seen++
        setLines(Math.max(seen, 0))
      }
      if (stopped.current) return toast('The export was stopped. Nothing is saved.')
      saveFile(name, blobOf(pieces))
      toast(doneText(seen))
    } catch (failure) {
      if (!stopped.current) setError(failure)
    } finally {
      reader.current = null
      setLines(null)
    }
  }

  return {
    lines,
    error,
    start,
    stop() {
      stopped.current = true
      reader.current?.cancel()
    },
  }
}

function doneText(lines: number): string {
  return lines >= MOST_EXPORTED
    ? `The newest ${count(lines)} calls are saved. For the rest, choose an earlier time.`
    : `${count(lines)} ${lines === 1 ? 'call is' : 'calls are'} saved.`
}

function blobOf(pieces: BlobPart[]): Blob {
  return new Blob(pieces, { type: 'text/csv' })
}
