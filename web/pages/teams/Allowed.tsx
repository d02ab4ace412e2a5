import type { ReactNode } from 'react'
import { ApiError } from '../../../src/contract/client.ts'
import { Failure, Loading } from '../../ui/Region.tsx'
import { NOT_KNOWN, type Verdict } from '../../viewer.ts'

/**
 * Shows what the viewer may see, or why they may not: a list that is narrowed to what they see would be empty, and look as
 * if there were nothing.
 */
export function Allowed({ verdict, children }: { verdict: Verdict; children: () => ReactNode }) {
  if (verdict === true) return children()
  if (verdict === NOT_KNOWN) return <Loading rows={2} />
  const refused = new ApiError(403, { code: 'forbidden', detail: verdict.reason })
  return <Failure error={refused} retry={() => {}} />
}
