import { type ErrorComponentProps, useMatch } from '@tanstack/react-router'
import { forgetFailures } from '../api.ts'
import { PAGES } from '../paths.ts'
import { Page } from '../ui/Page.tsx'
import { Failure } from '../ui/Region.tsx'

/** In the place of a page that failed as a whole. */
export function Failed({ error, reset }: ErrorComponentProps) {
  const path = useMatch({ strict: false, select: ({ fullPath }): string => fullPath })
  const retry = () => {
    forgetFailures()
    reset()
  }
  return (
    <Page title={PAGES.find((page) => page.path === path)?.title ?? 'Claviger'} passing>
      <Failure error={error instanceof Error ? error : new Error(String(error))} retry={retry} />
    </Page>
  )
}
