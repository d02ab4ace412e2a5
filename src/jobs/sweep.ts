import type { App, Ctx } from '../app.ts'
import { newId } from '../ids.ts'

/** One step of what is due. Returns how much it did: when that is `BATCH`, more may be due. */
export type Sweep = (app: App) => Promise<number>

/** The most rows that a sweep moves in one transaction. */
export const BATCH = 100

/** The App in the hands of a job. */
export function jobContext(app: App, name: string): Ctx {
  const actor = { kind: 'job', id: name, userId: null, role: 'owner', teamId: null } as const
  return { ...app, actor, requestId: newId('req'), ip: null, ifMatch: null }
}
