import { confirmStepUp, requestStepUp } from '../src/actions/step-up.ts'
import { authenticate } from '../src/auth/authenticate.ts'
import { requestHashOf } from '../src/auth/step-up.ts'
import type { AnyOperation } from '../src/contract/operation.ts'
import type { Actor } from '../src/domain/actor.ts'
import type { TestApp } from './app.ts'
import { pathOf, type Sample } from './control-plane.ts'

/** Who holds this API token or session. */
export async function actorOf(app: TestApp, token: string): Promise<Actor> {
  const presented = { cookie: null, method: 'GET', origin: null, fetchSite: null, ip: null }
  return (await authenticate(app, { ...presented, authorization: `Bearer ${token}` })).actor
}

/** The header that says that the person of this session confirmed this very request. */
export async function confirmed(
  app: TestApp,
  token: string,
  operation: AnyOperation,
  sample: Sample,
): Promise<Record<string, string>> {
  const ctx = app.as(await actorOf(app, token))
  const body = sample.body === undefined ? '' : JSON.stringify(sample.body)
  const requestHash = requestHashOf(operation.method, pathOf(operation, sample), body)
  const id = await requestStepUp(ctx, { operation: operation.name, requestHash })
  await confirmStepUp(ctx, id, 'otp')
  return { 'x-step-up': id }
}
