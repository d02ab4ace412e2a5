import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { credentialList } from '../../src/contract/credentials.ts'
import { keyList } from '../../src/contract/keys.ts'
import type { Output } from '../../src/contract/operation.ts'
import { providerList } from '../../src/contract/providers.ts'
import { requestList } from '../../src/contract/requests.ts'
import { allOf } from '../all.ts'
import { q } from '../api.ts'
import { Page } from '../ui/Page.tsx'
import { Region } from '../ui/Region.tsx'
import { To } from '../ui/To.tsx'
import { NewSecret } from './keys/NewSecret.tsx'
import { CallStep } from './start/CallStep.tsx'
import { KeyStep, type MadeKey } from './start/KeyStep.tsx'
import { isReady, ProviderStep } from './start/ProviderStep.tsx'
import classes from './start/start.module.css'

/** How often the list looks whether a step was done elsewhere, such as in a terminal. */
const POLL_MS = 1500
/** Of that many calls, one is surely of a model once anybody made one. */
const LATEST = 20

const LEADS = [
  'Three steps to the first call. None of them costs anything, and each ticks itself.',
  'Two steps to the first call.',
  'One step to the first call.',
  'All of it works: calls go through Claviger, and are counted.',
]

export default function StartPage() {
  const [shown, setShown] = useState(false)
  const providers = useQuery(allOf(providerList, {}))
  const credentials = useQuery(allOf(credentialList, {}))
  const [made, setMade] = useState<MadeKey | null>(null)
  const keys = useQuery({
    ...q(keyList, { query: { limit: 1 } }),
    refetchInterval: ({ state }) => (state.data?.data[0] ? false : POLL_MS),
  })
  const calls = useQuery({
    ...q(requestList, { query: { limit: LATEST } }),
    refetchInterval: ({ state }) => (ofAModel(state.data?.data ?? []).answered ? false : POLL_MS),
  })

  const key = made ?? keys.data?.data[0] ?? null
  const { answered: call, refused } = ofAModel(calls.data?.data ?? [])
  const connected = (credentials.data ?? []).some(isReady)
  const done = [connected, key !== null, call !== null].filter(Boolean).length
  const loaded = providers.data && credentials.data && keys.data && calls.data
  return (
    <Page title="First steps" lead={loaded && LEADS[done]}>
      <Region of={asOne([providers, credentials, keys, calls])} rows={8}>
        {() => (
          <ol className={classes.steps}>
            <ProviderStep
              providers={providers.data ?? []}
              credentials={credentials.data ?? []}
              next={!connected}
            />
            <KeyStep
              done={key}
              next={connected && key === null}
              credentials={credentials.data ?? []}
              onMade={(made) => {
                setMade(made)
                setShown(true)
              }}
            />
            <CallStep call={call} refused={refused} next={key !== null && call === null} made={made} />
          </ol>
        )}
      </Region>
      {call && (
        <p className={classes.after}>
          Next: <To to="/people">invite somebody</To>, <To to="/budgets">set a budget</To>, or{' '}
          <To to="/providers">connect a provider</To>. <To to="/">Home</To> says from now on what needs you.
        </p>
      )}
      <p className={classes.after}>
        For a command line: <code>npx claviger login</code>. For automation, make an API token in your{' '}
        <To to="/profile">profile</To>.
      </p>
      <NewSecret made={shown ? made : null} onClose={() => setShown(false)} />
    </Page>
  )
}

/**
 * The newest calls of a model: one that was answered, and one that was not. Asking which models there are, as a test of a key
 * does, is none yet.
 */
function ofAModel(all: Output<typeof requestList>['data']) {
  const calls = all.filter(({ model }) => model !== null)
  return {
    answered: calls.find(({ status }) => status < 400) ?? null,
    refused: calls.find(({ status }) => status >= 400) ?? null,
  }
}

type Part = {
  data: unknown
  error: Error | null
  isPending: boolean
  dataUpdatedAt: number
  refetch: () => unknown
}

/** Several questions that are only of use together. */
function asOne(parts: Part[]) {
  return {
    data: parts.every(({ data }) => data !== undefined) ? true : undefined,
    error: parts.find(({ error }) => error)?.error ?? null,
    isPending: parts.some(({ isPending }) => isPending),
    dataUpdatedAt: Math.min(...parts.map(({ dataUpdatedAt }) => dataUpdatedAt)),
    refetch: () => {
      for (const part of parts) part.refetch()
    },
  }
}
