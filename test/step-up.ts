import { confirmStepUp, requestStepUp } from '../src/actions/step-up.ts'
import { authenticate } from '../src/auth/authenticate.ts'
import { requestHashOf } from '../src/auth/step-up.ts'
import type { AnyOperation } from '../src/contract/operation.ts'
import type { Actor } from '../src/domain/actor.ts'
import type { TestApp } from './app.ts'
import { pathOf, type Sample } from './control-plane.ts'
import type { World } from './world.ts'

/** Who presents this secret. */
export async function actorOf(app: TestApp, token: string): Promise<Actor> {
  const presented = { cookie: null, method: 'GET', origin: null, fetchSite: null }
  return (await authenticate(app, { ...presented, authorization: `Bearer ${token}` })).actor
}

/** The id of a confirmation, given by the owner in their session, for exactly this request. */
export async function confirmedRequest(
  { app, tokens }: World,
  operation: AnyOperation,
  input: Sample,
): Promise<string> {
  const ctx = app.as(await actorOf(app, tokens.person))
  const body = input.body === undefined ? '' : JSON.stringify(input.body)
  const requestHash = requestHashOf(operation.method, pathOf(operation, input), body)
  const id = await requestStepUp(ctx, { operation: operation.name, requestHash })
  await confirmStepUp(ctx, id, 'otp')
  return id
}
