import type { Ctx, Db } from '../app.ts'
import { grantsOf } from '../db/principals.ts'
import { type Actor, type Layer, programActor } from '../domain/actor.ts'
import { reachOfGrant } from '../domain/reach.ts'
import { requireCovers } from './authorize.ts'

/** A user or a service account: who holds grants, tokens and keys. */
export type Principal = { userId: string | null; serviceAccountId: string | null }

/**
 * Somebody who is not here, with all that they may do at this moment: to decide whether they may own a key, or what
 * somebody else may do to them.
 */
export async function principalActor(db: Db, principal: Principal): Promise<Actor> {
  const grants = await grantsOf(db, principal)
  return {
    ...programActor('job', principal.userId ?? principal.serviceAccountId ?? ''),
    ...principal,
    layers: [grants.map(reachOfGrant)],
    self: principal.userId,
  }
}

/** Refuses to act on somebody who may do anything that the actor may not. Returns what they may do. */
export async function requireCoversPrincipal(ctx: Ctx, principal: Principal): Promise<Layer> {
  const { layers } = await principalActor(ctx.db, principal)
  for (const reach of layers[0]) requireCovers(ctx.actor, { ...reach, endsAt: new Date(0) })
  return layers[0]
}
