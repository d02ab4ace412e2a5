import type { Logger } from 'pino'
import type { App } from '../app.ts'
import { openCredential } from '../credential-secret.ts'
import { type CredentialSnapshot, readProviderSnapshots } from '../db/provider-snapshots.ts'
import type { OperationName } from '../domain/operations.ts'
import { type Connection, type OwnModel, ownModelOf } from '../domain/routing.ts'
import type { Destination } from '../egress.ts'
import type { ProviderAdapter } from '../providers/adapter.ts'
import { ADAPTERS } from '../providers/adapters.ts'
import { demo, demoDestination } from '../providers/demo.ts'
import { nothingSeen, type Sighting } from './sightings.ts'

/** A connection that can be called. */
export type Upstream = { connection: Connection; adapter: ProviderAdapter; destination: Destination }

/** A credential that is open for use. Its secret comes out in the request heads it makes, and nowhere else. */
export type UsableCredential = {
  id: string
  upstream: Upstream
  weight: number
  secretVersion: number
  /** Milliseconds of the epoch; 0 when it is in use. */
  parkedUntilMs: number
  /** The last answer to a call with it. */
  seen: Sighting
  /** The beginning of a request head for this operation: everything that is the same for each call. */
  headFor(operation: OperationName, method: string, below: string): string
  /** What a provider said, without the secret, should it have repeated that. */
  conceal(text: string): string
}

/** All that routing looks at, as it stood at one moment. */
export type ProviderView = {
  connections: readonly Connection[]
  ownModels: readonly OwnModel[]
  upstreams: ReadonlyMap<string, Upstream>
  credentials: ReadonlyMap<string, UsableCredential>
}

const EMPTY: ProviderView = { connections: [], ownModels: [], upstreams: new Map(), credentials: new Map() }

/** Keeps the view of providers, credentials and own models current. The view is replaced as a whole, never changed. */
export class ProviderDirectory {
  view: ProviderView = EMPTY
  private readonly app: App
  private wanted = 0
  private read = 0
  private loading: Promise<void> | null = null

  constructor(app: App) {
    this.app = app
  }

  /** Reads everything again. Resolves when a view that is not older than this call is in place. */
  refresh(): Promise<void> {
    this.wanted++
    this.loading ??= this.load().finally(() => {
      this.loading = null
    })
    return this.loading
  }

  /** True when the view is older than a change: reading it failed, or is under way. */
  get behind(): boolean {
    return this.read !== this.wanted
  }

  private async load(): Promise<void> {
    do {
      const { wanted } = this
      const snapshots = await readProviderSnapshots(this.app.gatewayDb)
      this.view = viewOf(this.app, snapshots, this.view.credentials)
      this.read = wanted
    } while (this.behind)
  }
}

type Snapshots = Awaited<ReturnType<typeof readProviderSnapshots>>

function viewOf(
  { egress, keyring, log }: App,
  { providers, credentials, models }: Snapshots,
  known: ProviderView['credentials'],
): ProviderView {
  const upstreams = new Map<string, Upstream>()
  for (const connection of providers) {
    if (connection.kind === 'demo') {
      upstreams.set(connection.id, { connection, adapter: demo, destination: demoDestination })
      continue
    }
    const adapter = ADAPTERS[connection.kind]
    if (!adapter) continue
    upstreams.set(connection.id, {
      connection,
      adapter,
      destination: egress.destination(connection.baseUrl),
    })
  }
  const usable = new Map<string, UsableCredential>()
  for (const credential of credentials) {
    const upstream = upstreams.get(credential.providerId)
    const secret = upstream && openSecret(keyring, credential, log)
    if (!upstream || !secret) continue
    // What was seen and is not written down yet goes on: calls under way still point to it. Of another secret it says nothing.
    const before = known.get(credential.id)
    const seen = before?.secretVersion === credential.secretVersion ? before.seen : nothingSeen()
    usable.set(credential.id, usableCredential(credential, upstream, secret, seen))
  }
  return {
    connections: providers,
    ownModels: models.map((model) => ownModelOf(model, upstreams.get(model.providerId)?.connection.kind)),
    upstreams,
    credentials: usable,
  }
}

function openSecret(keyring: App['keyring'], credential: CredentialSnapshot, log: Logger): string | null {
  try {
    return openCredential(keyring, credential)
  } catch (err) {
    log.error(
      { err, credentialId: credential.id },
      'a credential does not open: it was changed outside of Claviger',
    )
    return null
  }
}

function usableCredential(
  credential: CredentialSnapshot,
  upstream: Upstream,
  secret: string,
  seen: Sighting,
): UsableCredential {
  const { id, weight, secretVersion, state, parkedUntil } = credential
  const heads = new Map<string, string>()
  const { adapter, destination } = upstream
  return {
    id,
    upstream,
    weight,
    secretVersion,
    parkedUntilMs: state === 'active' ? 0 : (parkedUntil?.getTime() ?? Number.POSITIVE_INFINITY),
    seen,
    conceal: (text) => text.replaceAll(secret, '[redacted]'),
    headFor(operation, method, below) {
      const known = heads.get(operation)
      if (known !== undefined && below === '') return known
      const lines = [
        `${method} ${destination.basePath}${adapter.paths[operation]}${below} HTTP/1.1`,
        `host: ${destination.host}`,
        ...Object.entries(adapter.authHeaders(secret, operation)).map(([name, value]) => `${name}: ${value}`),
        'accept-encoding: identity',
        'user-agent: claviger',
      ]
      const head = `${lines.join('\r\n')}\r\n`
      if (/[^\x20-\x7e]/.test(lines.join('')))
        throw new Error('a request head has a character that is not plain ASCII')
      if (below === '') heads.set(operation, head)
      return head
    },
  }
}
