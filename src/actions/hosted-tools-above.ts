import type { Ctx } from '../app.ts'
import { findOrganization } from '../db/organization.ts'
import { findPolicy } from '../db/policies.ts'
import { decide } from '../domain/access.ts'
import { AppError } from '../domain/errors.ts'
import { ORGANIZATION } from '../domain/place.ts'

/**
 * Hosted tools cost without a bound in tokens. So who sets no policies for the whole organization passes on those
 * that the policies of the team and of the organization allow, and cannot allow others by themselves.
 */
export async function requireHostedToolsAbove(
  ctx: Ctx,
  teamId: string | null,
  hostedTools: readonly string[] | null,
): Promise<void> {
  if (teamId === null || !hostedTools || hostedTools.length === 0) return
  if (decide(ctx.actor, 'policy:update', ORGANIZATION).allowed) return
  const organization = await findOrganization(ctx.db)
  const lists = [
    organization && (await findPolicy(ctx.db, { type: 'organization', id: organization.id }))?.hostedTools,
    (await findPolicy(ctx.db, { type: 'team', id: teamId }))?.hostedTools,
  ].filter((list) => list != null)
  const tool = hostedTools.find((tool) => lists.length === 0 || !lists.every((list) => list.includes(tool)))
  if (tool === undefined) return
  throw new AppError(
    'forbidden',
    `The hosted tool "${tool}" costs what no budget can foresee. An owner or admin of the organization has to allow it ` +
      'first, in the policy of the team or of the organization.',
  )
}
