import type { CallShape } from '../domain/call-hold.ts'
import { withSearches } from '../providers/openai-usage.ts'
import type { Plan } from './plan.ts'
import type { Call } from './read-call.ts'

/** What the worst case of a call depends on. Written out: a spread would cost more than all of the reckoning. */
export function shapeOf(call: Call, { upstreamModel }: Plan): CallShape {
  const { operation, body } = call
  const { keys } = body
  return {
    operation,
    bytes: body.text.length,
    hasTools: keys.includes('tools') || keys.includes('functions'),
    predicts: keys.includes('prediction'),
    unboundedInput: call.unboundedInput,
    outputCap: call.outputCap,
    choices: call.choices,
    images: call.images,
    tools: withSearches(upstreamModel, call.toolUse),
    serviceTier: call.serviceTier,
  }
}
