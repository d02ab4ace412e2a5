import type { Ctx } from '../app.ts'
import { upsertFinding } from '../db/findings.ts'
import type { Place } from '../domain/place.ts'
import { newId } from '../ids.ts'

export type Finding = {
  /** What is odd, as a word: `delivery-reopened`. */
  kind: string
  severity: 'low' | 'medium' | 'high'
  targetId: string
  place: Place
  detail: Record<string, unknown>
}

/** Something odd that a person should see. Of the same thing there is one open finding, which counts. */
export async function raiseFinding(ctx: Ctx, finding: Finding): Promise<void> {
  const { place, detail, ...rest } = finding
  await upsertFinding(ctx.db, {
    ...rest,
    id: newId('fnd'),
    teamId: place.teamId,
    projectId: place.projectId,
    detail: JSON.stringify(detail),
  })
}
