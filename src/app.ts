import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Bus } from './bus.ts'
import type { Config } from './config.ts'
import type { Database } from './db/schema.ts'
import type { Actor } from './domain/actor.ts'
import type { Egress } from './egress.ts'
import { newId } from './ids.ts'
import type { Keyring } from './keyring.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { Metrics } from './metrics.ts'

export type Db = Kysely<Database>

/** What the program is made of. `main.ts` builds the one App there is; tests build theirs in `test/app.ts`. */
export type App = {
  config: Config
  /** The control plane's pool. The gateway has its own (`gatewayDb`), so that a slow page never delays a call. */
  db: Db
  gatewayDb: Db
  /** For reports and the access log, which may read much: few connections, and one core for each statement. */
  reportDb: Db
  keyring: Keyring
  ledger: Ledger
  bus: Bus
  egress: Egress
  metrics: Metrics
  /** The time. Money and expiry use the database's clock, which the ledger tracks. */
  clock: () => Date
  log: Logger
}

/** One request to the control plane, before anybody signed in. `db` may be a transaction. */
export type Visit = App & {
  requestId: string
  ip: string | null
  userAgent: string | null
  /** The version the caller saw (`If-Match`), when it sent one. */
  ifMatch: number | null
}

/** A visit of nobody's, or of what `over` says: how jobs, set-up and pages begin. */
export function visitOf(app: App, over: Partial<Visit> = {}): Visit {
  return { ...app, requestId: newId('req'), ip: null, userAgent: null, ifMatch: null, ...over }
}

/** An App in the hands of somebody: what an action gets. */
export type Ctx = Visit & { actor: Actor }
