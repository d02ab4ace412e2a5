import { type App, type Ctx, visitOf } from '../app.ts'
import { programActor } from '../domain/actor.ts'

/** One step of what is due. Returns how much it did: when that is `BATCH`, more may be due. */
export type Sweep = (app: App) => Promise<number>

export type NamedSweep = { name: string; everySeconds: number; sweep: Sweep }

/** The most rows that a sweep moves in one transaction. */
export const BATCH = 100

/** The App in the hands of a job. */
export function jobContext(app: App, name: string): Ctx {
  return { ...visitOf(app), actor: programActor('job', name) }
}
