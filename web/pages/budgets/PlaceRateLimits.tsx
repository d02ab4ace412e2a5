import { Box } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { rateLimitDelete, rateLimitList, rateLimitView } from '../../../src/contract/rate-limits.ts'
import type { Scope } from '../../../src/domain/scope.ts'
import { pages, q, useAct } from '../../api.ts'
import { count } from '../../format.ts'
import { ConfirmDialog, RateLimitCreate, RateLimitEdit } from '../../forms/panels.ts'
import type { RateLimit } from '../../forms/rate-limit.tsx'
import { useNames } from '../../names.ts'
import { whoseOwn } from '../../scopes.tsx'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty, Problem, Region } from '../../ui/Region.tsx'
import { useCan } from '../../viewer.ts'
import { Allowed } from '../teams/Allowed.tsx'
import classes from './Budgets.module.css'

const PAGE = 50

/** The rate limits of one place, person or key. What is open is in the address: `new=rate-limit`, or `edit` with an id. */
export function PlaceRateLimits({
  scope,
  projectId,
  title = 'Rate limits',
}: {
  scope: Scope
  projectId?: string | undefined
  title?: string
}) {
  const can = useCan([scope])
  const mayRead = can('rate-limit:read', scope.id)
  const list = useInfiniteQuery({
    ...pages(rateLimitList, { query: { scopeType: scope.type, scopeId: scope.id, limit: PAGE } }),
    enabled: mayRead === true,
  })
  const [address, setAddress] = useAddress()
  const [endingId, setEnding] = useState<string | null>(null)
  const remove = useAct(rateLimitDelete)
  const change = can('rate-limit:update', scope.id)
  const limits = list.data?.pages.flatMap(({ data }) => data) ?? []
  const nameOf = useNames(limits.map(({ providerId }) => providerId))
  const listed = limits.find(({ id }) => id === address.edit)
  // It may be further down than what is listed yet, or gone.
  const named = address.edit?.startsWith('rlm_') === true && list.isSuccess && !listed
  const found = useQuery({
    ...q(rateLimitView, { params: { rateLimitId: address.edit ?? '' } }),
    enabled: named,
  })
  const unlisted = named && found.data?.scope.id === scope.id ? found.data : undefined
  const editing = listed ?? unlisted
  const ending = limits.find(({ id }) => id === endingId)
  const close = () => setAddress({ new: undefined, edit: undefined })
  return (
    <Section
      title={title}
      note="How fast calls may follow each other, over all gateways together."
      actions={
        <ActButton
          variant="default"
          can={can('rate-limit:create', scope.id)}
          onClick={() => setAddress({ new: 'rate-limit' }, false)}
        >
          New rate limit
        </ActButton>
      }
    >
      <Allowed permission="rate-limit:read" scope={scope} projectId={projectId}>
        {() => (
          <Region of={list} rows={2}>
            {() =>
              limits.length === 0 ? (
                <Empty title={`No rate limit of ${whoseOwn(scope)} own`}>
                  <p>Rate limits of other levels may still hold here.</p>
                </Empty>
              ) : (
                <DataTable
                  label={title}
                  rows={limits}
                  rowId={({ id }) => id}
                  columns={[
                    { id: 'rates', header: 'At most', title: true, cell: ratesOf },
                    {
                      id: 'of',
                      header: 'Of',
                      cell: ({ modelPattern, providerId }) =>
                        [modelPattern, providerId && `calls to ${nameOf(providerId)}`]
                          .filter(Boolean)
                          .join(', ') || <span className="muted">all calls</span>,
                    },
                    {
                      id: 'who',
                      header: 'For',
                      cell: ({ perMember }) => (perMember ? 'each member' : 'all together'),
                    },
                  ]}
                  actions={(limit) => (
                    <span className={classes.rowActs}>
                      <ActButton
                        size="compact-sm"
                        variant="default"
                        can={change}
                        onClick={() => setAddress({ edit: limit.id }, false)}
                      >
                        Change<span className="unseen"> {ratesOf(limit)}</span>
                      </ActButton>
                      <ActButton
                        size="compact-sm"
                        variant="default"
                        can={change}
                        onClick={() => {
                          remove.reset()
                          setEnding(limit.id)
                        }}
                      >
                        Delete<span className="unseen"> {ratesOf(limit)}</span>
                      </ActButton>
                    </span>
                  )}
                  more={moreOf(list)}
                />
              )
            }
          </Region>
        )}
      </Allowed>
      {named && found.error && (
        <Box mt="sm">
          <Problem error={found.error} />
        </Box>
      )}
      {address.new === 'rate-limit' && <RateLimitCreate scope={scope} onClose={close} />}
      {editing && <RateLimitEdit key={editing.id} limit={editing} onClose={close} />}
      {ending && (
        <ConfirmDialog
          opened
          onClose={() => setEnding(null)}
          title="Delete this rate limit?"
          act="Delete"
          danger
          pending={remove.isPending}
          error={remove.error}
          onConfirm={() =>
            remove.mutate(
              { input: { params: { rateLimitId: ending.id } }, ifMatch: ending.version },
              {
                onSuccess: () => {
                  toast('The rate limit is deleted.')
                  setEnding(null)
                },
              },
            )
          }
        >
          {ratesOf(ending)}: within two seconds it bounds nothing any more. Those of other levels still hold.
        </ConfirmDialog>
      )}
    </Section>
  )
}

function ratesOf({ requestsPerMinute, tokensPerMinute, concurrentCalls }: RateLimit): string {
  const parts = [
    requestsPerMinute === null ? null : `${count(requestsPerMinute)} calls a minute`,
    tokensPerMinute === null ? null : `${count(tokensPerMinute)} tokens a minute`,
    concurrentCalls === null ? null : `${count(concurrentCalls)} calls at once`,
  ]
  return parts.filter((part) => part !== null).join(', ')
}
