import type { Ctx } from '../app.ts'
import type { UsageRow } from '../db/requests.ts'
import type { Within } from '../domain/access.ts'
import { noteReading, readsOwn } from './note-reading.ts'

/** What names a thing in a query, the narrowest first. */
const NAMES = [
  'requestId',
  'keyId',
  'userId',
  'serviceAccountId',
  'environmentId',
  'projectId',
  'teamId',
] as const

type Query = { [name in (typeof NAMES)[number]]?: string | undefined } & {
  limit: number
  cursor?: string | undefined
}
type Filter = { within: Within; from?: Date | undefined; to?: Date | undefined }

/** Leaves an audit event of a look at the usage of others, by its query and what that came to mean. */
export async function noteUsageReading(
  ctx: Ctx,
  action: 'usage.report' | 'request.list',
  { limit: _, cursor: __, ...asked }: Query,
  { within, from, to }: Filter,
): Promise<void> {
  if (readsOwn(ctx.actor, within, asked.userId)) return
  const name = NAMES.find((name) => asked[name] !== undefined)
  await noteReading(ctx, {
    action,
    asked,
    meant: { from: from?.toISOString() ?? null, to: to?.toISOString() ?? null, within },
    targetId: name && asked[name],
    // A team that is asked for is one that the actor knows; a project may be anybody's.
    teamId: asked.teamId,
  })
}

/** The same of one key. */
export async function noteTrafficReading(
  ctx: Ctx,
  { id, teamId, projectId, userId }: { id: string; teamId: string; projectId: string; userId: string | null },
): Promise<void> {
  if (ctx.actor.self !== null && userId === ctx.actor.self) return
  await noteReading(ctx, {
    action: 'key.traffic',
    asked: { keyId: id },
    meant: {},
    targetId: id,
    teamId,
    projectId,
  })
}

/** The same of one call. */
export async function noteCallReading(
  ctx: Ctx,
  { requestId, teamId, projectId, keyId, userId }: UsageRow,
): Promise<void> {
  if (ctx.actor.self !== null && userId === ctx.actor.self) return
  const action = 'request.view'
  await noteReading(ctx, {
    action,
    asked: { requestId },
    meant: { keyId },
    targetId: requestId,
    teamId,
    projectId,
  })
}
