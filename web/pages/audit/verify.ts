import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { auditHeadList, auditVerify } from '../../../src/contract/audit.ts'
import { call } from '../../../src/contract/client.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { client } from '../../api.ts'

const PART = 5_000

export type Verified = Output<typeof auditVerify> & { head: { position: number; signedAt: string } | null }

/**
 * Verifies the chain part by part, so that there is progress to show: `done` of `total` events. The last part is without an
 * end, since what was cut off is found there.
 */
export function useVerify() {
  const [progress, setProgress] = useState<{ done: number; total: number } | null>(null)
  const verify = useMutation({
    mutationFn: async (): Promise<Verified> => {
      const newest = async () => (await call(client, auditHeadList, { query: { limit: 1 } })).data[0] ?? null
      const total = (await newest())?.position ?? 0
      let checked = 0
      for (let from = 1; ; from += PART) {
        setProgress({ done: from - 1, total })
        const last = from + PART > total
        const part = await call(client, auditVerify, {
          query: { from, ...(last ? {} : { to: from + PART - 1 }) },
        })
        checked += part.checked
        if (last || !part.ok) return { ...part, checked, head: await newest() }
      }
    },
    onSettled: () => setProgress(null),
  })
  return { verify, progress }
}
