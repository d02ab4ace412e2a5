import { isUtf8 } from 'node:buffer'
import { AppError } from '../domain/errors.ts'
import type { HostedTool } from '../domain/operations.ts'
import type { ToolUse } from '../domain/tool-use.ts'
import type { InboundBody } from '../http1-inbound.ts'
import { hostedToolsIn } from './hosted-tools.ts'
import type { ServedOperation } from './operations.ts'
import { CONTENT, readsMoreThanText, refuseStoredItems } from './references.ts'
import type { RequestHead } from './request-head.ts'
import { BodyError, memberValue, type ScannedBody, scanBody } from './scan-body.ts'
import { askForUsage, type Splice } from './splice.ts'

/** What a call asks for, as far as policy, price and metering depend on it. Read once; what is sent is what was read. */
export type Call = {
  operation: ServedOperation
  /** The name the caller used. */
  model: string
  stream: boolean
  /** What makes a stream report its usage, where it has to be asked. */
  usageSplice: Splice | null
  body: ScannedBody
  /** The caller's own cap on output tokens, and the member it stands in. */
  outputCap: number | null
  /** How many answers it asks for: each may be as long as the cap. */
  choices: number
  hostedTools: readonly HostedTool[]
  /** The most that these may use, where it has a price. */
  toolUse: ToolUse
  images: number
  serviceTier: string | null
  /** Bytes do not bound what the model reads: images, files, stored context. */
  unboundedInput: boolean
  /** A stored answer that this call goes on from. */
  previousResponseId: string | null
  /** The answer comes later, by another call: this one cannot be metered. */
  background: boolean
}

/** The longest name of a model. */
const MAX_MODEL_LENGTH = 200
/** Printable ASCII, without what JSON escapes. */
const MODEL_NAME = /^[\x21\x23-\x5b\x5d-\x7e]+$/
const MAX_CHOICES = 128
const MAX_IMAGES = 16
const JSON_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset="?utf-8"?)?[ \t]*$/i

/**
 * Members that send a call elsewhere, price it differently, or name things stored at the provider, for which no
 * project answers. Some compatible servers know them; here only routes, bindings and policies decide.
 */
const REFUSED = new Set([
  'api_base',
  'api_key',
  'base_url',
  'conversation',
  'custom_llm_provider',
  'extra_body',
  'extra_headers',
  'fallbacks',
  'models',
  'plugins',
  'provider',
  'route',
  'user_config',
])

/** Members that we read: a spelling in another case could be taken for one of them by a reader that ignores case. */
const READ = new Set([
  ...REFUSED,
  ...CONTENT,
  'background',
  'best_of',
  'inference_geo',
  'max_completion_tokens',
  'max_output_tokens',
  'max_tokens',
  'max_tool_calls',
  'mcp_servers',
  'model',
  'n',
  'previous_response_id',
  'service_tier',
  'speed',
  'stream',
  'stream_options',
  'tools',
  'web_search_options',
])

/** Refuses a body that we would have to guess at, before its first byte is read. */
export function checkContentType(head: RequestHead): void {
  if (!JSON_TYPE.test(head.contentType)) {
    throw new AppError('unsupported_media_type', 'Send the body as content-type: application/json, in UTF-8.')
  }
  if (head.contentEncoding !== '' && head.contentEncoding.toLowerCase() !== 'identity') {
    throw new AppError('unsupported_media_type', 'Send the body without content-encoding.')
  }
}

export function readCall(operation: ServedOperation, { text, ascii, controls }: InboundBody): Call {
  if (!ascii && !isUtf8(Buffer.from(text, 'latin1'))) throw new BodyError('The body is not valid UTF-8.')
  const body = scanBody(text, controls)
  for (const key of body.keys) {
    if (REFUSED.has(key)) throw new BodyError(`"${key}" is not accepted here.`, key)
    if (/[A-Z]/.test(key) && READ.has(key.toLowerCase()))
      throw new BodyError(`Write "${key}" in lower case.`, key)
  }
  if (operation.name === 'responses') refuseStoredItems(body)
  const stream = flagOf(body, 'stream')
  const previousResponseId = operation.name === 'responses' ? textOf(body, 'previous_response_id') : null
  const { tools, use } = hostedToolsIn(body, operation)
  const unboundedInput = previousResponseId !== null || tools.length > 0 || readsMoreThanText(body)
  return {
    operation,
    model: modelOf(body),
    stream,
    usageSplice: stream && operation.streamOptions ? askForUsage(body) : null,
    body,
    outputCap: outputCapOf(body, operation),
    choices: choicesOf(body, operation) * promptsIn(body, operation),
    hostedTools: tools,
    toolUse: use,
    images: operation.name === 'images.generations' ? (countOf(body, 'n', 1, MAX_IMAGES) ?? 1) : 0,
    serviceTier: tierOf(body),
    unboundedInput,
    previousResponseId,
    background: operation.name === 'responses' && flagOf(body, 'background'),
  }
}

function rawOf(body: ScannedBody, name: string): string | null {
  const index = body.keys.indexOf(name)
  if (index < 0) return null
  const raw = body.text.slice(body.starts[index], body.ends[index])
  return raw === 'null' ? null : raw
}

function textOf(body: ScannedBody, name: string): string | null {
  const raw = rawOf(body, name)
  if (raw === null) return null
  if (!/^"[\w.:-]{1,200}"$/.test(raw)) throw new BodyError(`"${name}" must be a plain name.`, name)
  return raw.slice(1, -1)
}

function modelOf(body: ScannedBody): string {
  const raw = rawOf(body, 'model')
  if (raw === null) throw new BodyError('Name a model.', 'model')
  const model = raw.slice(1, -1)
  if (raw[0] !== '"' || model.length > MAX_MODEL_LENGTH || !MODEL_NAME.test(model)) {
    throw new BodyError('"model" must be the exact name of a model, in plain ASCII.', 'model')
  }
  return model
}

function flagOf(body: ScannedBody, name: string): boolean {
  const raw = rawOf(body, name)
  if (raw === null || raw === 'false') return false
  if (raw === 'true') return true
  throw new BodyError(`"${name}" must be true or false.`, name)
}

function countOf(body: ScannedBody, name: string, least: number, most: number): number | null {
  const raw = rawOf(body, name)
  if (raw === null) return null
  const count = Number(raw)
  if (!/^[1-9]\d{0,15}$|^0$/.test(raw) || count < least || count > most) {
    throw new BodyError(`"${name}" must be a whole number from ${least} to ${most}.`, name)
  }
  return count
}

function outputCapOf(body: ScannedBody, operation: ServedOperation): number | null {
  let cap: number | null = null
  for (const name of operation.outputCaps) {
    const value = countOf(body, name, 1, Number.MAX_SAFE_INTEGER)
    if (value === null) continue
    if (cap !== null && cap !== value) throw new BodyError(`"${name}" and its other spelling differ.`, name)
    cap = value
  }
  if (cap === null && operation.capRequired) {
    const [name = ''] = operation.outputCaps
    throw new BodyError(`"${name}" is required here.`, name)
  }
  return cap
}

function choicesOf(body: ScannedBody, operation: ServedOperation): number {
  if (!operation.writesTokens || operation.choices.length === 0) return 1
  return Math.max(...operation.choices.map((name) => countOf(body, name, 1, MAX_CHOICES) ?? 1))
}

/** `completions` answers each prompt of a list. A list of numbers is one prompt, already in tokens. */
function promptsIn(body: ScannedBody, operation: ServedOperation): number {
  if (operation.name !== 'completions') {
    if (operation.name === 'responses' && rawOf(body, 'prompt') !== null) {
      throw new BodyError(
        'Prompts stored at the provider belong to no project here: send the text itself.',
        'prompt',
      )
    }
    return 1
  }
  if (!rawOf(body, 'prompt')?.startsWith('[')) return 1
  const prompts = memberValue(body, 'prompt')
  if (!Array.isArray(prompts) || prompts.length === 0 || prompts.every((item) => typeof item === 'number'))
    return 1
  return prompts.length
}

/** The tier asked for, as answers report it. Anthropic's fast mode and data residency are priced like tiers. */
function tierOf(body: ScannedBody): string | null {
  const parts = ['service_tier', 'speed', 'inference_geo']
    .map((name) => textOf(body, name))
    .filter((part) => part !== null)
  return parts.length > 0 ? parts.join('+') : null
}
