import { useQuery } from '@tanstack/react-query'
import { keyTraffic } from '../../../src/contract/key-traffic.ts'
import { drainingSentence } from '../../../src/domain/draining.ts'
import { q } from '../../api.ts'
import { count } from '../../format.ts'
import { useCan } from '../../viewer.ts'
import type { Key } from './Place.tsx'

/** The database reads a week of the key's calls each time. */
const DRAINING_MS = 120_000

/** How much each secret of a key is used, to whoever may see its usage; asked again and again while an old one drains. */
export function useTraffic(key: Key) {
  const can = useCan([{ type: 'key', id: key.id }])
  const shown = can('usage:read', key.id) === true
  const draining = key.secrets.some(({ state }) => state === 'grace')
  const traffic = useQuery({
    ...q(keyTraffic, { params: { keyId: key.id } }),
    enabled: shown && key.secrets.length > 0,
    refetchInterval: draining ? DRAINING_MS : false,
  })
  return {
    shown,
    error: traffic.error,
    /** By the id of the secret; undefined while it is not there. */
    of: (secretId: string) => traffic.data?.data.find(({ id }) => id === secretId),
    /** Whether the old secret is still used; null when there is none, or it is not known. */
    sentence: traffic.data ? drainingSentence(traffic.data.data, count) : null,
  }
}
