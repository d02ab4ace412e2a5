import { Button, Skeleton } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { CircleAlert, SearchX } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { ApiError } from '../../src/contract/client.ts'
import { problemOf } from '../api.ts'
import { NotFetched } from '../fetched.ts'
import { isolated } from '../format.ts'
import { CopyButton } from './CopyButton.tsx'
import { Notice } from './Notice.tsx'
import { Refused } from './Refused.tsx'
import classes from './Region.module.css'
import { To } from './To.tsx'
import { Unfetched } from './Unfetched.tsx'

/** What a region needs to know of a query: those of TanStack Query fit. */
type Asked<Data> = {
  data: Data | undefined
  error: Error | null
  isPending: boolean
  dataUpdatedAt: number
  refetch: () => unknown
}

/** Sooner than this, an empty frame is calmer than a skeleton that flashes. */
const SKELETON_AFTER_MS = 150

/**
 * A part of a page that waits for data: its skeleton, its answer, or why there is none. With older data and a failed
 * refresh it goes on showing what it has, and says so.
 */
export function Region<Data>({
  of,
  rows = 4,
  children,
}: {
  of: Asked<Data>
  /** How tall the skeleton is. */
  rows?: number
  children: (data: Data) => ReactNode
}) {
  if (of.data !== undefined) {
    return (
      <>
        {of.error && <Stale since={of.dataUpdatedAt} retry={of.refetch} />}
        {children(of.data)}
      </>
    )
  }
  if (of.error) return <Failure error={of.error} retry={of.refetch} />
  return <Loading rows={rows} />
}

export function Loading({ rows = 4 }: { rows?: number }) {
  const [shown, setShown] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), SKELETON_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div aria-busy="true" className={classes.loading} style={{ minHeight: `${rows * 2.5}rem` }}>
      <span className="unseen">Loading</span>
      {shown && Array.from({ length: rows }, (_, row) => <Skeleton key={row} height={28} radius="sm" />)}
    </div>
  )
}

/** Why there is nothing: a failure, or no permission, with who can help. */
export function Failure({ error, retry }: { error: Error; retry: () => unknown }) {
  if (error instanceof NotFetched) return <Unfetched />
  if (error instanceof ApiError && error.status === 403) return <Refused error={error} />
  if (error instanceof ApiError && error.status === 404) {
    return (
      <Notice icon={<SearchX aria-hidden />} title="This is not here">
        <p>It was removed, or it is not yours to see. Whoever sent you the link can tell you which.</p>
        <Button component={To} to="/" variant="default">
          Go home
        </Button>
      </Notice>
    )
  }
  const problem = problemOf(error)
  return (
    <Notice icon={<CircleAlert aria-hidden />} title="This did not load" alert>
      <p>{problem?.message}</p>
      {problem?.requestId && (
        <p className="muted">
          Request <code>{problem.requestId}</code>{' '}
          <CopyButton value={problem.requestId} label="Copy the request id" />
        </p>
      )}
      <Button onClick={() => retry()} variant="default">
        Try again
      </Button>
    </Notice>
  )
}

/** Nothing yet, or nothing that matches: one sentence, and the way on. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return <Notice title={title}>{children}</Notice>
}

/** What an act failed with, where it was begun. Nothing when it did not, or was called off. */
export function Problem({ error }: { error: unknown }) {
  const problem = problemOf(error)
  if (!problem) return null
  return (
    <div role="alert" className={classes.problem}>
      <CircleAlert size={16} aria-hidden />
      <span>
        {problem.message}
        {problem.requestId && <small> Request {problem.requestId}</small>}
      </span>
    </div>
  )
}

function Stale({ since, retry }: { since: number; retry: () => unknown }) {
  const at = isolated(new Date(since).toLocaleTimeString())
  return (
    <div role="status" className={classes.stale}>
      As of {at}: Claviger does not answer at the moment.
      <Button size="compact-xs" variant="subtle" onClick={() => retry()}>
        Try again
      </Button>
    </div>
  )
}

/** Asks all that is on the screen again. */
export function useRefresh(): () => void {
  const queryClient = useQueryClient()
  return () => {
    queryClient.invalidateQueries()
  }
}
