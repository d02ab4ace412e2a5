import {
  environmentCredentialList,
  environmentCredentialSet,
} from '../../src/contract/environment-credentials.ts'
import { all } from '../all.ts'
import { queryClient, useAct } from '../api.ts'

/**
 * Changes which environments may use a credential, from `before` to `after`. An environment's credentials are set as a
 * whole, so each that changes is set to what it has now, with this one or without it.
 */
export function useBind() {
  const set = useAct(environmentCredentialSet)
  return {
    error: set.error,
    bind: async (credentialId: string, before: string[], after: string[]): Promise<void> => {
      const added = after.filter((id) => !before.includes(id))
      const removed = before.filter((id) => !after.includes(id))
      for (const environmentId of [...added, ...removed]) {
        const params = { environmentId }
        const { items } = await queryClient.fetchQuery({
          ...all(environmentCredentialList, { params }),
          staleTime: 0,
        })
        const others = items.map((binding) => binding.credentialId).filter((id) => id !== credentialId)
        const credentialIds = added.includes(environmentId) ? [...others, credentialId] : others
        await set.mutateAsync({ input: { params, body: { credentialIds } } })
      }
    },
  }
}
