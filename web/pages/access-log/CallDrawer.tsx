import { Drawer } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { requestView } from '../../../src/contract/requests.ts'
import { q } from '../../api.ts'
import { wordsOfError } from '../../error-words.ts'
import { count, duration, moment, usd } from '../../format.ts'
import { useNames } from '../../names.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Details } from '../../ui/Details.tsx'
import { Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { To } from '../../ui/To.tsx'
import classes from './access-log.module.css'
import type { Attempt } from './call-query.ts'

type NameOf = ReturnType<typeof useNames>

/** One call with all of its attempts, beside the log. */
export function CallDrawer({
  requestId,
  onClose,
}: {
  /** Undefined: closed. */
  requestId: string | undefined
  onClose: () => void
}) {
  return (
    <Drawer
      opened={requestId !== undefined}
      onClose={onClose}
      title="Call"
      position="right"
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {requestId !== undefined && <Call requestId={requestId} />}
    </Drawer>
  )
}

function Call({ requestId }: { requestId: string }) {
  const call = useQuery(q(requestView, { params: { requestId } }))
  const attempts = call.data?.attempts ?? []
  const nameOf = useNames(
    attempts.flatMap((attempt) => [
      attempt.keyId,
      attempt.userId,
      attempt.serviceAccountId,
      attempt.teamId,
      attempt.projectId,
      attempt.environmentId,
      attempt.providerId,
    ]),
  )
  return (
    <div className={classes.attempts}>
      <div className={classes.id}>
        <code>{requestId}</code>
        <CopyButton value={requestId} label="Copy the request id" />
      </div>
      <Region of={call}>
        {({ attempts }) => (
          <>
            {attempts[0] && <About of={attempts[0]} nameOf={nameOf} />}
            {attempts.map((attempt) => (
              <AttemptCard key={attempt.id} of={attempt} nameOf={nameOf} several={attempts.length > 1} />
            ))}
          </>
        )}
      </Region>
    </div>
  )
}

/** What all attempts of a call have in common. */
function About({ of: call, nameOf }: { of: Attempt; nameOf: NameOf }) {
  const tags = Object.entries(call.tags).map(([name, value]) => `${name}=${value}`)
  return (
    <Details
      of={[
        ['Time', moment(call.admittedAt)],
        [
          'Key',
          <To key="key" to="/keys/$keyId" params={{ keyId: call.keyId }}>
            {nameOf(call.keyId)}
          </To>,
        ],
        ['Owner', nameOf(call.userId ?? call.serviceAccountId)],
        ['Where', `${nameOf(call.teamId)} / ${nameOf(call.projectId)} / ${nameOf(call.environmentId)}`],
        [
          'From',
          <span key="ip" className="mono">
            {call.ip ?? 'not known'}
          </span>,
        ],
        ['Kind of call', `${call.operation}${call.stream ? ', streamed' : ''}`],
        ['Tags', tags.length > 0 ? tags.join(', ') : null],
      ]}
    />
  )
}

const TOKENS: [title: string, of: (attempt: Attempt) => number][] = [
  ['Input tokens', ({ inputTokens }) => inputTokens],
  ['of them from a cache', ({ cachedInputTokens }) => cachedInputTokens],
  ['of them written to a cache', ({ cacheWriteTokens }) => cacheWriteTokens],
  ['Output tokens', ({ outputTokens }) => outputTokens],
  ['of them for reasoning', ({ reasoningTokens }) => reasoningTokens],
]

function AttemptCard({ of: attempt, nameOf, several }: { of: Attempt; nameOf: NameOf; several: boolean }) {
  const { status, errorCode } = attempt
  const failed = errorCode !== null || status >= 400
  return (
    <section className={classes.attempt}>
      <div className={classes.head}>
        <h3>{several ? `Attempt ${attempt.attempt}` : 'What happened'}</h3>
        <Status tone={failed ? 'bad' : 'good'}>{String(status)}</Status>
      </div>
      {errorCode && (
        <p className={classes.why}>
          {wordsOfError(errorCode)} <code className="muted">{errorCode}</code>
        </p>
      )}
      <Details
        of={[
          ['Model asked for', attempt.model ?? '–'],
          ['Sent to', attempt.providerId === null ? 'nobody' : nameOf(attempt.providerId)],
          ['Model sent', attempt.upstreamModel],
          ['Model that served', attempt.servedModel],
          ['Tier', attempt.serviceTier],
          ['Took', duration(attempt.durationMs)],
          ['First byte after', attempt.firstByteMs === null ? null : duration(attempt.firstByteMs)],
          ['Cost', costOf(attempt)],
          ...TOKENS.map(([title, of]): [string, string | null] => [
            title,
            of(attempt) === 0 && !/^(?:Input|Output)/.test(title) ? null : count(of(attempt)),
          ]),
          ...Object.entries(attempt.quantities).map(([unit, quantity]): [string, string] => [
            unit,
            count(quantity),
          ]),
          ['Price', attempt.priceVersion],
          ['Price changed by', attempt.modifiers.length > 0 ? attempt.modifiers.join(', ') : null],
        ]}
      />
    </section>
  )
}

function costOf({ costUsd, estimated, priced }: Attempt): string {
  const notes = [
    ...(priced ? [] : ['the served model has no known price: this is what was held']),
    ...(estimated ? ['estimated: the provider’s own figures did not arrive'] : []),
  ]
  return notes.length > 0 ? `${usd(costUsd)} (${notes.join('; ')})` : usd(costUsd)
}
