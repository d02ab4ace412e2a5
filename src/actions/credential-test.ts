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
import { authorize, visible } from './authorize.ts'
import { showCredential } from './credentials.ts'

const TIMEOUT_MS = 15_000

/** Asks the provider for its models with a credential. Of the answer only the status counts: its text is not ours to show. */
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
  // Providers are written only by `createProvider`, which takes one of these kinds.
  const adapter = ADAPTERS[provider.kind as ProviderKind]
  if (!adapter) {
    const detail = 'The demo provider takes any secret.'
    await setTestResult(ctx.db, credential.id, { at: ctx.clock(), works: true, detail })
    return { works: true, status: null, detail, durationMs: 0 }
  }
  const sealed = visible(
    ctx.actor,
    'credential',
    await findSealedSecret(ctx.db, credential.id),
    () => CONFIDENTIAL,
  )
  const start = performance.now()
  const answer = await askForModels(ctx, provider.baseUrl, adapter, openCredential(ctx.keyring, sealed))
  const durationMs = Math.round(performance.now() - start)
  await setTestResult(ctx.db, credential.id, { at: ctx.clock(), ...answer })
  return { ...answer, durationMs }
}

type TestAnswer = { works: boolean; status: number | null; detail: string }

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
    const unreached = (detail: string) => resolve({ works: false, status: null, detail })
    const timeout = setTimeout(() => {
      exchange.abort()
      unreached(`No answer within ${TIMEOUT_MS / 1000} seconds.`)
    }, TIMEOUT_MS)
    const exchange = send(`GET ${basePath}/models HTTP/1.1\r\n${lines.join('')}\r\n`, '', {
      onHead(status) {
        clearTimeout(timeout)
        exchange.abort()
        resolve({ works: status >= 200 && status < 300, status, detail: meaningOf(status) })
      },
      onData() {},
      onEnd() {},
      onError(error) {
        clearTimeout(timeout)
        unreached(error.message)
      },
    })
  })
}

function meaningOf(status: number): string {
  if (status >= 200 && status < 300) return 'The provider knows this secret.'
  if (status === 401 || status === 403) return 'The provider refuses this secret.'
  if (status === 404) return "There is no list of models at the provider's address. Check its base URL."
  if (status === 429) return 'The provider is limiting this account, or its credit is spent.'
  return `The provider answered ${status}.`
}
