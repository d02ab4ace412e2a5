import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { CircleAlert } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { ApiError, callForFile } from '../../src/contract/client.ts'
import type { AnyOperation } from '../../src/contract/operation.ts'
import { client, problemOf } from '../api.ts'
import { type Progress, savedText, soFarText } from '../download-words.ts'
import { receive } from '../received.ts'
import { saveFile } from '../save-file.ts'
import { announce, toast } from './announce.tsx'
import classes from './Download.module.css'

/** Often enough to see that it goes on, and seldom enough for a page that does other things. */
const SHOWN_EVERY_MS = 200
const SAID_EVERY_MS = 10_000
const STOPPED = 'The export was stopped. Nothing is saved.'

/** A file that the API makes. */
export type Wanted = {
  operation: AnyOperation
  query: Record<string, unknown>
  /** As it is saved. */
  name: string
  /** What a line of it is: one and several. */
  unit: readonly [one: string, many: string]
  /** About how many lines there will be, where that can be known. */
  total?: () => Promise<number>
  /** What to know of a file of so many lines. */
  note?: (lines: number) => string | null
}

/**
 * Fetches files, one at a time, as long as its page is there. A file is saved when all of it has arrived: half of one
 * would look like a whole one.
 */
export function useDownload() {
  const [progress, setProgress] = useState<Progress>(NOTHING)
  const running = useRef<AbortController | null>(null)
  const opener = useRef<HTMLElement | null>(null)
  const fetching = useMutation({
    gcTime: 0,
    // Without a network it fails, and does not wait for one unseen.
    networkMode: 'always',
    mutationFn: async (wanted: Wanted): Promise<void> => {
      const control = new AbortController()
      running.current = control
      const tell = teller(wanted, setProgress)
      try {
        announce('The export has begun.')
        wanted.total?.().then(tell.total, () => {})
        const { operation, query } = wanted
        const stream = await callForFile(client, operation, { query }, { signal: control.signal })
        const file = await receive(stream, operation.download ?? 'text/csv', tell.soFar)
        control.signal.throwIfAborted()
        saveFile(wanted.name, file)
        toast(savedText(tell.now(), wanted))
      } catch (error) {
        if (!control.signal.aborted) throw error
        toast(STOPPED)
      } finally {
        tell.end()
        running.current = null
      }
    },
  })
  const stop = () => running.current?.abort()
  useEffect(() => {
    const leave = () => running.current?.abort()
    addEventListener('pagehide', leave)
    return () => {
      removeEventListener('pagehide', leave)
      leave()
    }
  }, [])
  return {
    wanted: fetching.variables,
    isRunning: fetching.isPending,
    error: fetching.error,
    progress,
    opener,
    stop,
    start(wanted: Wanted) {
      if (running.current) return
      opener.current = document.activeElement instanceof HTMLElement ? document.activeElement : null
      setProgress(NOTHING)
      fetching.mutate(wanted)
    },
  }
}

const NOTHING: Progress = { lines: 0, bytes: 0, total: null }

/** Shows progress every now and then, and says it more seldom. */
function teller({ unit }: Wanted, show: (progress: Progress) => void) {
  let now = NOTHING
  let shownAt = 0
  let saidAt = Date.now()
  let over = false
  const change = (part: Partial<Progress>) => {
    if (over) return
    now = { ...now, ...part }
    const at = Date.now()
    if (at - shownAt >= SHOWN_EVERY_MS) {
      shownAt = at
      show(now)
    }
    if (at - saidAt >= SAID_EVERY_MS) {
      saidAt = at
      announce(soFarText(now, unit))
    }
  }
  return {
    soFar: change,
    total: (total: number) => change({ total }),
    now: () => now,
    end() {
      over = true
      show(now)
    },
  }
}

/** What begins a download; how far it is in its place while one goes on; and why it failed, with another try. */
export function Download({ of, children }: { of: ReturnType<typeof useDownload>; children: ReactNode }) {
  const { wanted, isRunning, error, progress } = of
  const begins = useRef<HTMLDivElement>(null)
  useFocusWhileRunning(of, begins)
  const text = wanted ? soFarText(progress, wanted.unit) : ''
  return (
    <div className={classes.download}>
      <div ref={begins} hidden={isRunning}>
        {children}
      </div>
      {isRunning && (
        <div className={classes.running}>
          <div className={classes.progress}>
            <span>Exporting: {text}</span>
            <progress
              aria-label="Exported so far"
              aria-valuetext={text}
              {...(progress.total ? { value: progress.lines, max: progress.total } : {})}
            />
          </div>
          <Button variant="default" data-cancel onClick={of.stop}>
            Cancel
          </Button>
        </div>
      )}
      {wanted && error && !isRunning && (
        <div role="alert" className={classes.failed}>
          <CircleAlert size={16} aria-hidden />
          <span>{failureText(error, progress, wanted)}</span>
          <Button variant="default" onClick={() => of.start(wanted)}>
            Try again
          </Button>
        </div>
      )}
    </div>
  )
}

/** On *Cancel* while it goes on, and back where it began after that, unless it went elsewhere meanwhile. */
function useFocusWhileRunning(
  { isRunning, opener }: ReturnType<typeof useDownload>,
  begins: { current: HTMLElement | null },
): void {
  const ran = useRef(false)
  useEffect(() => {
    const place = begins.current
    if (isRunning) {
      place?.parentElement?.querySelector<HTMLElement>('[data-cancel]')?.focus()
    } else if (ran.current && document.activeElement === document.body) {
      // An item of a menu is gone by then.
      const back = place?.contains(opener.current) ? opener.current : place?.querySelector('button')
      back?.focus()
    }
    ran.current = isRunning
  }, [isRunning, opener, begins])
}

/** What failed, and where. */
function failureText(error: Error, progress: Progress, { unit }: Wanted): string {
  if (progress.bytes > 0 && !(error instanceof ApiError)) {
    return `The connection broke off after ${soFarText(progress, unit)}. Nothing is saved: half a file would look like a whole one.`
  }
  const problem = problemOf(error)
  const request = problem?.requestId ? ` Request ${problem.requestId}.` : ''
  return `Nothing was exported. ${problem?.message ?? ''}${request}`
}
