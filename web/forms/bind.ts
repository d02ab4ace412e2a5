import { useState } from 'react'
import {
  environmentCredentialList,
  environmentCredentialSet,
  MOST_BINDINGS,
} from '../../src/contract/environment-credentials.ts'
import { isConflict, q, queryClient, useAct } from '../api.ts'

/** Somebody else may set the same environment's at the same moment. */
const TRIES = 3

/**
 * Changes which environments may use a credential, from `before` to `after`. An environment's credentials are set as a
 * whole, so each that changes is set to what it has now, with this one or without it; what somebody else sets in between
 * is read again.
 */
export function useBind() {
  const set = useAct(environmentCredentialSet)
  const [error, setError] = useState<unknown>(null)
  const setOne = async (credentialId: string, environmentId: string, bound: boolean): Promise<void> => {
    const params = { environmentId }
    for (let left = TRIES - 1; ; left -= 1) {
      const { data, version } = await queryClient.fetchQuery({
        ...q(environmentCredentialList, { params, query: { limit: MOST_BINDINGS } }),
        staleTime: 0,
      })
      const others = data.map((binding) => binding.credentialId).filter((id) => id !== credentialId)
      const credentialIds = bound ? [...others, credentialId] : others
      try {
        await set.mutateAsync({ input: { params, body: { credentialIds } }, ifMatch: version })
        return
      } catch (error) {
        if (!isConflict(error) || left === 0) throw error
      }
    }
  }
  return {
    /** Why the last one did not end well. */
    error,
    bind: async (credentialId: string, before: string[], after: string[]): Promise<void> => {
      const added = after.filter((id) => !before.includes(id))
      const removed = before.filter((id) => !after.includes(id))
      setError(null)
      try {
        for (const id of added) await setOne(credentialId, id, true)
        for (const id of removed) await setOne(credentialId, id, false)
      } catch (error) {
        setError(error)
        throw error
      }
    },
  }
}
