import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { accessRequestList } from '../../../src/contract/access-requests.ts'
import { alertList } from '../../../src/contract/alerts.ts'
import { attestationList } from '../../../src/contract/attestations.ts'
import { budgetList } from '../../../src/contract/budgets.ts'
import { credentialList } from '../../../src/contract/credentials.ts'
import { deliveryList } from '../../../src/contract/deliveries.ts'
import { documentDue } from '../../../src/contract/documents.ts'
import { findingList } from '../../../src/contract/findings.ts'
import { keyList } from '../../../src/contract/keys.ts'
import { profileView } from '../../../src/contract/profile.ts'
import { q } from '../../api.ts'
import { useNames } from '../../names.ts'
import { useViewer } from '../../viewer.ts'
import { namedIn, titleOf } from '../findings/kinds.ts'
import { KEY_VIEWS, queryOfKeys } from '../keys/key-views.ts'
import {
  byGravity,
  fromAlerts,
  fromAttestations,
  fromBudgets,
  fromCredentials,
  fromDeliveries,
  fromDocuments,
  fromFindings,
  fromKeysThatEnd,
  fromProfile,
  fromRequests,
  type Need,
} from './needs.ts'

const MOST = 200
const ENDING = KEY_VIEWS.find(({ id }) => id === 'expiring')?.search ?? {}

/**
 * All that waits for the viewer, from everywhere they may look. Each part is asked for alone: what fails is named in
 * `missing`, and the rest is there.
 */
export function useNeeds(): { needs: Need[]; pending: boolean; missing: string[]; retry: () => void } {
  const { user, organization, somewhere } = useViewer()
  const now = new Date()
  const today = new Date(now)
  today.setHours(0, 0, 0, 0)
  const me = user?.id ?? null
  const query = { limit: MOST }

  const findings = useQuery({ ...q(findingList, { query }), enabled: somewhere('finding:read') })
  const requests = useQuery(q(accessRequestList, { query: { ...query, view: 'inbox' } }))
  const deliveries = useQuery(q(deliveryList, { query }))
  const documents = useQuery(q(documentDue, {}))
  const ending = useQuery({
    ...q(keyList, { query: { ...query, ...queryOfKeys(ENDING, { me, today }) } }),
    enabled: somewhere('key:read'),
  })
  const asked = useQuery({
    ...q(attestationList, { query: { ...query, due: 'true' } }),
    enabled: somewhere('attestation:read'),
  })
  const budgets = useQuery({
    ...q(budgetList, { query: { ...query, order: 'nearest' } }),
    enabled: somewhere('budget:read'),
  })
  const alerts = useQuery({
    ...q(alertList, { query: { ...query, kind: 'budget.projected' } }),
    enabled: somewhere('budget:read'),
  })
  const credentials = useQuery({ ...q(credentialList, { query }), enabled: somewhere('credential:read') })
  const profile = useQuery({ ...q(profileView, {}), enabled: user !== null })
  const found = findings.data?.data ?? []
  const nameOf = useNames([
    ...(credentials.data?.data.map(({ providerId }) => providerId) ?? []),
    ...namedIn(found),
  ])

  const spent = fromBudgets(budgets.data?.data ?? [])
  const parts: [what: string, asked: UseQueryResult][] = [
    ['findings', findings],
    ['requests', requests],
    ['keys to open', deliveries],
    ['what there is to read', documents],
    ['keys that end', ending],
    ['keys to attest', asked],
    ['budgets', budgets],
    ['alerts', alerts],
    ['credentials', credentials],
    ['your profile', profile],
  ]
  return {
    needs: byGravity([
      ...fromFindings(found, (one) => titleOf(one, nameOf, organization.name)),
      ...spent,
      ...fromAlerts(alerts.data?.data ?? [], spent, now),
      ...fromCredentials(credentials.data?.data ?? [], nameOf),
      ...fromRequests(requests.data?.data ?? []),
      ...fromDeliveries(deliveries.data?.data ?? [], now),
      ...fromDocuments(documents.data?.data ?? []),
      ...fromAttestations(asked.data?.data ?? [], me),
      ...fromKeysThatEnd(ending.data?.data ?? [], now),
      ...(profile.data ? fromProfile(profile.data) : []),
    ]),
    pending: parts.some(([, { isLoading }]) => isLoading),
    missing: parts.flatMap(([what, { error, data }]) => (error && data === undefined ? [what] : [])),
    retry: () => {
      for (const [, { error, refetch }] of parts) if (error) refetch()
    },
  }
}
