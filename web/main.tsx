import '@mantine/core/styles.layer.css'
import '@mantine/notifications/styles.layer.css'
import './tokens.css'
import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import { queryClient } from './api.ts'
import { dropStylesThatFail, fetched } from './fetched.ts'
import { nonce } from './nonce.ts'
import { router } from './routes.tsx'
import { cssVariables, theme } from './theme.ts'
import { LiveRegion } from './ui/announce.tsx'
import { Confirmation } from './ui/Confirmation.tsx'
import { ErrorBoundary } from './ui/ErrorBoundary.tsx'
import { Spare } from './ui/Spare.tsx'
import { askForViewer } from './viewer.ts'

const Toasts = fetched(() => import('./ui/Toasts.tsx'))

dropStylesThatFail()

// The first frame waits for who looks and for the code of the page, beside the busy element of index.html: were it drawn
// before, React would show that it waits for 0.3 s, however soon that is over. What fails here is shown where it is needed.
Promise.allSettled([askForViewer(), router.load()]).then(show)

function show(): void {
  // index.html has it.
  createRoot(document.getElementById('root') as HTMLElement).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        defaultColorScheme="auto"
        getStyleNonce={() => nonce}
      >
        <QueryClientProvider client={queryClient}>
          <ErrorBoundary>
            <Suspense fallback={<div aria-busy="true" />}>
              <RouterProvider router={router} />
            </Suspense>
            <Confirmation />
          </ErrorBoundary>
        </QueryClientProvider>
        <Spare>
          <Toasts />
        </Spare>
        <LiveRegion />
      </MantineProvider>
    </StrictMode>,
  )
}
