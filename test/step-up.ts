import { confirmStepUp, requestStepUp } from '../src/actions/step-up.ts'
import { authenticate } from '../src/auth/authenticate.ts'
import { requestHashOf } from '../src/auth/step-up.ts'
import { ApiError, type Client, call, type RequestParts, requestOf } from '../src/contract/client.ts'
import type { AnyOperation, Input, Output } from '../src/contract/operation.ts'
import { stepUpConfirm, stepUpCreate } from '../src/contract/step-ups.ts'
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

type StepUp = Output<typeof stepUpCreate>
type Proof = Input<typeof stepUpConfirm>['body']

/**
 * Does in a session what its person has to confirm, as the dashboard does: is refused, has it confirmed, and sends it
 * again. `prove` answers the proof, or sees to it elsewhere.
 */
export async function callConfirmed<O extends AnyOperation>(
  client: Client,
  operation: O,
  input: Input<O>,
  prove: (stepUp: StepUp) => Proof | Promise<Proof | undefined>,
): Promise<Output<O>> {
  const refused = await call(client, operation, input).catch((error: unknown) => error)
  if (!(refused instanceof ApiError) || refused.code !== 'step_up_required') {
    throw new Error(`${operation.name} was not to be confirmed`, { cause: refused })
  }
  // Input of any operation has this shape.
  const { method, path, body = '' } = requestOf(operation, input as RequestParts)
  const requestHash = requestHashOf(method, path, body)
  const stepUp = await call(client, stepUpCreate, { body: { operation: operation.name, requestHash } })
  const proof = await prove(stepUp)
  if (proof) await call(client, stepUpConfirm, { params: { stepUpId: stepUp.id }, body: proof })
  return call(client, operation, input, { stepUpId: stepUp.id })
}
