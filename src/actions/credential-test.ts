import type { Ctx } from '../app.ts'
import { credentialTest } from '../contract/credentials.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { openCredential } from '../credential-secret.ts'
import { setTestResult } from '../db/credential-health.ts'
import { findSealedSecret } from '../db/credentials.ts'
import { findProvider } from '../db/providers.ts'
import { AppError } from '../domain/errors.ts'
import { CONFIDENTIAL, ORGANIZATION } from '../domain/place.ts'
import type { ProviderKind } from '../domain/providers.ts'
import type { ProviderAdapter } from '../providers/adapter.ts'
import { ADAPTERS } from '../providers/adapters.ts'
import { MOST_SAID_BYTES, saidIn } from '../providers/said.ts'
import { authorize, visible } from './authorize.ts'
import { showCredential } from './credentials.ts'

const TIMEOUT_MS = 15_000

/**
 * Asks the provider for its models with a credential. Only the status counts. When the provider refuses, its own message
 * goes along to whoever asked, bounded and without the secret; it is not kept.
 */
export async function testCredential(
  ctx: Ctx,
  { params }: Valid<typeof credentialTest>,
): Promise<Output<typeof credentialTest>> {
  authorize(ctx.actor, credentialTest.permission, CONFIDENTIAL)
  const credential = await showCredential(ctx, params.credentialId)
  if (credential.needsSecret) {
    throw new AppError('conflict', "The provider's address changed: give the credential its secret again.")
  }
  const provider = visible(
    ctx.actor,
    'provider',
    await findProvider(ctx.db, credential.providerId),
    () => ORGANIZATION,
  )
  const sealed = visible(
    ctx.actor,
    'credential',
    await findSealedSecret(ctx.db, credential.id),
    () => CONFIDENTIAL,
  )
  const { secretVersion } = sealed
  // Providers are written only by `createProvider`, which takes one of these kinds.
  const adapter = ADAPTERS[provider.kind as ProviderKind]
  if (!adapter) {
    const detail = 'The demo provider takes any secret.'
    await setTestResult(ctx.db, credential.id, { secretVersion, at: ctx.clock(), works: true, detail })
    return { works: true, status: null, detail, said: null, durationMs: 0 }
  }
  const start = performance.now()
  const answer = await askForModels(ctx, provider.baseUrl, adapter, openCredential(ctx.keyring, sealed))
  const durationMs = Math.round(performance.now() - start)
  const { works, detail } = answer
  await setTestResult(ctx.db, credential.id, { secretVersion, at: ctx.clock(), works, detail })
  return { ...answer, durationMs }
}

type TestAnswer = { works: boolean; status: number | null; detail: string; said: string | null }

function askForModels(
  { egress }: Ctx,
  baseUrl: string,
  adapter: ProviderAdapter,
  secret: string,
): Promise<TestAnswer> {
  const { host, basePath, send } = egress.destination(baseUrl)
  const headers = {
    host,
    ...adapter.authHeaders(secret, 'models'),
    ...(adapter.kind === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {}),
    accept: 'application/json',
    'accept-encoding': 'identity',
    'user-agent': 'claviger',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return new Promise((resolve) => {
    let status: number | null = null
    const body: Buffer[] = []
    let bytes = 0
    const answered = (said: string | null) => {
      clearTimeout(timeout)
      if (status === null) return
      resolve({ works: isGood(status), status, detail: meaningOf(status), said })
    }
    const unreached = (detail: string) => resolve({ works: false, status: null, detail, said: null })
    const timeout = setTimeout(() => {
      exchange.abort()
      if (status === null) unreached(`No answer within ${TIMEOUT_MS / 1000} seconds.`)
      else answered(null)
    }, TIMEOUT_MS)
    const exchange = send(`GET ${basePath}/models HTTP/1.1\r\n${lines.join('')}\r\n`, '', {
      onHead(answer) {
        status = answer
        if (!isGood(status)) return
        exchange.abort()
        answered(null)
      },
      onData(data) {
        bytes += data.length
        if (bytes <= MOST_SAID_BYTES) {
          body.push(Buffer.from(data))
          return
        }
        exchange.abort()
        answered(null)
      },
      onEnd() {
        answered(saidIn(Buffer.concat(body).toString('utf8'), secret))
      },
      onError(error) {
        clearTimeout(timeout)
        if (status === null) unreached(error.message)
        else answered(null)
      },
    })
  })
}

function isGood(status: number): boolean {
  return status >= 200 && status < 300
}

function meaningOf(status: number): string {
  if (isGood(status)) return 'The provider knows this secret.'
  if (status === 401 || status === 403) return 'The provider refuses this secret.'
  if (status === 404) return "There is no list of models at the provider's address. Check its base URL."
  if (status === 429) return 'The provider is limiting this account, or its credit is spent.'
  return `The provider answered ${status}.`
}
