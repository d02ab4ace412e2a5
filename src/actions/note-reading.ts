import { createHash } from 'node:crypto'
import type { Ctx } from '../app.ts'
import type { Config } from '../config.ts'
import { findOrganization } from '../db/organization.ts'
import type { Within } from '../domain/access.ts'
import type { Actor } from '../domain/actor.ts'
import { audit } from './audit.ts'

/** The same reading by the same actor is told once in this time, by each process. */
export const READING_TOLD_FOR_MS = 15 * 60_000
/** Different readings of one actor in that time, each told by itself; all that is more is told as one. */
export const MOST_READINGS = 100
/** Actors whose readings are remembered; of one who is forgotten, the next is told again. */
const MOST_ACTORS = 1000

type Reading = {
  action: string
  /** What was asked for, as it was asked: `-30d` is the same reading in a minute. Without what only turns pages. */
  asked: object
  /** What the event says of it beside that: the time that was meant, and where the actor could look. */
  meant: object
  /** The narrowest thing it was about; the organization when it named none. */
  targetId: string | undefined
  teamId?: string | undefined
  projectId?: string | undefined
}

type Told = { until: number; written: Promise<void> }

/** By the installation, which has one configuration: what each actor was told of to have read. */
const toldBy = new WeakMap<Config, Map<string, Map<string, Told>>>()

/**
 * Leaves an audit event of a reading of what others did, before its answer leaves the house: once for the same one in
 * a while. Throws when the event cannot be written, and then the next reading tries again.
 */
export async function noteReading(ctx: Ctx, reading: Reading): Promise<void> {
  const now = ctx.clock().getTime()
  const told = toldOf(ctx, now)
  const itself = createHash('sha256')
    .update(JSON.stringify([reading.action, reading.asked]))
    .digest('base64url')
  const known = told.get(itself) ?? (told.size >= MOST_READINGS ? told.get(MORE) : undefined)
  if (known) return known.written
  const many = told.size >= MOST_READINGS
  const key = many ? MORE : itself
  const written = many ? writeMore(ctx, reading) : write(ctx, reading)
  told.set(key, { until: now + READING_TOLD_FOR_MS, written })
  try {
    await written
  } catch (error) {
    told.delete(key)
    throw error
  }
}

const MORE = 'more'

/** Whether what is read of usage is the actor's own alone. A service account owns no calls: it reads them for others. */
export function readsOwn({ self }: Actor, within: Within, userId: string | undefined): boolean {
  if (self === null) return false
  return (
    userId === self || (within !== 'everything' && within.teamIds.length + within.projectIds.length === 0)
  )
}

/** What this actor was told of and is not to be told of again yet. */
function toldOf({ config, actor }: Ctx, now: number): Map<string, Told> {
  const actors = toldBy.get(config) ?? new Map<string, Map<string, Told>>()
  toldBy.set(config, actors)
  const told = actors.get(actor.id) ?? new Map<string, Told>()
  for (const [key, { until }] of told) if (until <= now) told.delete(key)
  // Again at the end, so that whoever has not read for longest is forgotten first.
  actors.delete(actor.id)
  actors.set(actor.id, told)
  const [first] = actors.keys()
  if (actors.size > MOST_ACTORS && first !== undefined) actors.delete(first)
  return told
}

async function write(
  ctx: Ctx,
  { action, asked, meant, targetId, teamId, projectId }: Reading,
): Promise<void> {
  await audit(ctx, {
    action,
    targetId: targetId ?? (await organizationId(ctx)),
    teamId: teamId ?? null,
    projectId: projectId ?? null,
    after: { ...asked, ...meant },
  })
}

async function writeMore(ctx: Ctx, { action }: Reading): Promise<void> {
  const reason = `More than ${MOST_READINGS} different readings: those of the next ${READING_TOLD_FOR_MS / 60_000} minutes are not told one by one.`
  await audit(ctx, { action, targetId: await organizationId(ctx), reason })
}

async function organizationId({ db }: Ctx): Promise<string> {
  return (await findOrganization(db))?.id ?? 'organization'
}
