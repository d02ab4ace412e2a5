import { Group } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { rateLimitDelete, rateLimitList } from '../../../src/contract/rate-limits.ts'
import { pages, useAct } from '../../api.ts'
import { count } from '../../format.ts'
import { ConfirmDialog, RateLimitCreate, RateLimitEdit } from '../../forms/panels.ts'
import type { RateLimit } from '../../forms/rate-limit.tsx'
import { useNames } from '../../names.ts'
import { LEVELS, levelWord, ScopeLink, useScopeNames } from '../../scopes.tsx'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { type Column, DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Filters, NothingMatches } from '../../ui/Filters.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { useCan, useViewer } from '../../viewer.ts'
import classes from './Budgets.module.css'
import { LEVEL_WORDS, LevelFilter } from './LevelFilter.tsx'

const COMMAND = 'claviger rate-limit create --scope team:Search --requests-per-minute 600'

/** How many calls and tokens a minute pass, and where. */
export function RateLimitsTab() {
  const [address, setAddress] = useAddress()
  const { somewhere } = useViewer()
  const level = LEVELS.find(({ type }) => type === address.level)?.type
  const limits = useInfiniteQuery(pages(rateLimitList, { query: level ? { scopeType: level } : {} }))
  const [deleting, setDeleting] = useState<RateLimit | null>(null)
  const rows = limits.data?.pages.flatMap(({ data }) => data) ?? []
  const nameOf = useScopeNames(rows.map(({ scope }) => scope))
  const providerName = useNames(rows.map(({ providerId }) => providerId))
  const can = useCan([...new Map(rows.map(({ scope }) => [scope.id, scope])).values()], ['rate-limit:update'])
  const editing = rows.find(({ id }) => id === address.edit)
  return (
    <>
      <Filters>
        <LevelFilter />
        <ActButton
          variant="default"
          can={somewhere('rate-limit:create') || { reason: 'You may set rate limits nowhere.' }}
          onClick={() => setAddress({ new: 'rate-limit' }, false)}
        >
          New rate limit
        </ActButton>
      </Filters>
      <Region of={limits}>
        {() =>
          rows.length === 0 && level ? (
            <NothingMatches what="rate limits" names={['level']} words={{ level: LEVEL_WORDS }} />
          ) : rows.length === 0 ? (
            <Empty title="No rate limits yet">
              <p>
                A rate limit says how many calls or tokens pass in a minute, so that one caller leaves room
                for others.
              </p>
              <p>
                <code>{COMMAND}</code> <CopyButton value={COMMAND} label="Copy the command" />
              </p>
            </Empty>
          ) : (
            <DataTable
              label="Rate limits"
              rows={rows}
              columns={columnsOf(nameOf, providerName)}
              rowId={({ id }) => id}
              actions={(limit) => (
                <Group gap="xs" justify="flex-end" wrap="nowrap">
                  <ActButton
                    size="compact-sm"
                    variant="default"
                    can={can('rate-limit:update', limit.scope.id)}
                    onClick={() => setAddress({ edit: limit.id }, false)}
                  >
                    Change
                  </ActButton>
                  <ActButton
                    size="compact-sm"
                    variant="default"
                    can={can('rate-limit:update', limit.scope.id)}
                    onClick={() => setDeleting(limit)}
                  >
                    Delete
                  </ActButton>
                </Group>
              )}
              more={moreOf(limits)}
            />
          )
        }
      </Region>
      {address.new === 'rate-limit' && <RateLimitCreate onClose={() => setAddress({ new: undefined })} />}
      {editing && (
        <RateLimitEdit key={editing.id} limit={editing} onClose={() => setAddress({ edit: undefined })} />
      )}
      <Delete
        limit={deleting}
        name={deleting ? nameOf(deleting.scope) : ''}
        onClose={() => setDeleting(null)}
      />
    </>
  )
}

function columnsOf(
  nameOf: ReturnType<typeof useScopeNames>,
  providerName: ReturnType<typeof useNames>,
): Column<RateLimit>[] {
  const number = (
    id: keyof RateLimit & string,
    header: string,
    value: (limit: RateLimit) => number | null,
  ) => ({
    id,
    header,
    numeric: true,
    sort: (limit: RateLimit) => value(limit) ?? Number.MAX_SAFE_INTEGER,
    cell: (limit: RateLimit) => {
      const most = value(limit)
      return most === null ? <span className="muted">no limit</span> : count(most)
    },
  })
  return [
    {
      id: 'scope',
      header: 'Whose',
      title: true,
      sort: ({ scope }) => nameOf(scope).toLowerCase(),
      cell: ({ scope, perMember }) => (
        <div>
          <ScopeLink scope={scope} name={nameOf(scope)} />
          <div className={classes.note}>
            {levelWord(scope.type)}
            {perMember && ', for each member'}
          </div>
        </div>
      ),
    },
    number('requestsPerMinute', 'Calls a minute', ({ requestsPerMinute }) => requestsPerMinute),
    number('tokensPerMinute', 'Tokens a minute', ({ tokensPerMinute }) => tokensPerMinute),
    number('concurrentCalls', 'At the same time', ({ concurrentCalls }) => concurrentCalls),
    {
      id: 'only',
      header: 'Only',
      cell: ({ providerId, modelPattern }) => {
        const only = [providerId && providerName(providerId), modelPattern].filter(Boolean)
        return only.length === 0 ? <span className="muted">all calls</span> : only.join(', ')
      },
    },
  ]
}

function Delete({ limit, name, onClose }: { limit: RateLimit | null; name: string; onClose: () => void }) {
  const remove = useAct(rateLimitDelete)
  return (
    <ConfirmDialog
      opened={limit !== null}
      onClose={onClose}
      title={`Delete the rate limit of ${name}?`}
      act="Delete"
      danger
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        if (limit === null) return
        remove.mutate(
          { input: { params: { rateLimitId: limit.id } }, ifMatch: limit.version },
          {
            onSuccess: () => {
              toast('The rate limit was deleted.')
              onClose()
            },
          },
        )
      }}
    >
      <p>
        Within two seconds its calls are held by the other limits alone. To bring it back, create it again.
      </p>
    </ConfirmDialog>
  )
}
