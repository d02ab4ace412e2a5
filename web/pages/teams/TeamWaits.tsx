import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { accessRequestList } from '../../../src/contract/access-requests.ts'
import { findingList } from '../../../src/contract/findings.ts'
import { keyList } from '../../../src/contract/keys.ts'
import type { Output } from '../../../src/contract/operation.ts'
import type { teamView } from '../../../src/contract/teams.ts'
import { q } from '../../api.ts'
import { useNames } from '../../names.ts'
import { Card, Section } from '../../ui/Page.tsx'
import { Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { To } from '../../ui/To.tsx'
import { useCan, useViewer } from '../../viewer.ts'
import { namedIn, SEVERITY, titleOf } from '../findings/kinds.ts'
import { expiringSoon } from './expiring.ts'
import classes from './teams.module.css'

const MOST_SHOWN = 5
const MOST_KEYS = 200

/** What waits for somebody of the team: requests, findings, keys that end soon. What one may not see is left out. */
export function TeamWaits({ team }: { team: Output<typeof teamView> }) {
  const can = useCan([{ type: 'team', id: team.id }])
  const requests = useQuery(
    q(accessRequestList, { query: { state: 'pending', teamId: team.id, limit: MOST_SHOWN } }),
  )
  const findings = useQuery({
    ...q(findingList, { query: { teamId: team.id, limit: MOST_SHOWN } }),
    enabled: can('finding:read', team.id) === true,
  })
  const { organization } = useViewer()
  const nameOf = useNames(namedIn(findings.data?.data ?? []))
  const keys = useQuery(q(keyList, { query: { teamId: team.id, state: 'active', limit: MOST_KEYS } }))
  const nothing =
    requests.data?.data.length === 0 &&
    (findings.data?.data ?? []).length === 0 &&
    keys.data !== undefined &&
    expiringSoon(keys.data.data).length === 0
  return (
    <Section title="What waits">
      {nothing ? (
        <p className="muted">
          Nothing that you see: no open request, no finding, and no key that ends within two weeks.
        </p>
      ) : (
        <div className={classes.budgets}>
          <Region of={requests} rows={2}>
            {({ data, nextCursor }) => (
              <Waiting
                title="Requests"
                none="No request is open."
                more={nextCursor !== null && <To to="/requests">All requests</To>}
              >
                {data.map(({ id, requester, kind, createdAt }) => (
                  <li key={id}>
                    <To to="/requests/$accessRequestId" params={{ accessRequestId: id }}>
                      {requester.name} asks for {ASKED[kind]}
                    </To>
                    <Time at={createdAt} />
                  </li>
                ))}
              </Waiting>
            )}
          </Region>
          {findings.data && (
            <Waiting
              title="Findings"
              none="Nothing odd is open."
              more={findings.data.nextCursor !== null && <To to="/findings">All findings</To>}
            >
              {findings.data.data.map((finding) => (
                <li key={finding.id}>
                  <span>
                    <To to="/findings" search={{ kind: finding.kind }}>
                      {titleOf(finding, nameOf, organization.name)}
                    </To>{' '}
                    <Status tone={SEVERITY[finding.severity].tone}>{SEVERITY[finding.severity].text}</Status>
                  </span>
                  <Time at={finding.lastSeenAt} />
                </li>
              ))}
            </Waiting>
          )}
          <Region of={keys} rows={2}>
            {({ data, nextCursor }) => (
              <Waiting
                title="Keys that end within two weeks"
                none={
                  nextCursor === null ? 'No key ends soon.' : `None of the first ${MOST_KEYS} keys ends soon.`
                }
                more={
                  nextCursor !== null && (
                    <To to="/keys" search={{ team: team.id }}>
                      All keys
                    </To>
                  )
                }
              >
                {expiringSoon(data)
                  .slice(0, MOST_SHOWN)
                  .map(({ id, name, expiresAt }) => (
                    <li key={id}>
                      <To to="/keys/$keyId" params={{ keyId: id }}>
                        {name}
                      </To>
                      <Time at={expiresAt} />
                    </li>
                  ))}
              </Waiting>
            )}
          </Region>
        </div>
      )}
    </Section>
  )
}

const ASKED: Record<Output<typeof accessRequestList>['data'][number]['kind'], string> = {
  key: 'a key',
  model: 'a model',
  budget: 'more budget',
  rate: 'a higher rate',
  production: 'a role in production',
  team: 'a role in the team',
  expiry: 'a longer life of a key',
}

function Waiting({
  title,
  none,
  more,
  children,
}: {
  title: string
  none: string
  more: ReactNode
  children: ReactNode[]
}) {
  return (
    <Card className={classes.waitingFor ?? ''}>
      <h3>{title}</h3>
      {children.length === 0 ? (
        <p className="muted">{none}</p>
      ) : (
        <ul className={classes.waiting}>{children}</ul>
      )}
      {more}
    </Card>
  )
}
