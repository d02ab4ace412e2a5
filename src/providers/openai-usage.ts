import { TOKENS_PER_IMAGE, type ToolUse } from '../domain/tool-use.ts'
import { NO_QUANTITIES, type Quantities, type ReportedUsage, saneQuantities } from '../domain/usage.ts'
import { eventScan } from './event-scan.ts'
import { type JsonScan, jsonScan } from './json-scan.ts'
import { asCount, asObject, asText, isCount, isObject, parse } from './json-value.ts'
import { tailWindow } from './tail-window.ts'
import type { Meter, UsageWatch } from './usage-watch.ts'
import { wholeJson } from './whole-json.ts'

type OpenAiMeter = Exclude<Meter, 'free' | 'anthropic-messages'>

export function watchOpenAiUsage(meter: OpenAiMeter, isEventStream: boolean): UsageWatch {
  if (!isEventStream) return watchWholeAnswer(meter)
  if (meter === 'openai-responses') return watchResponseEvents()
  if (meter === 'openai-images') return watchImageEvents()
  return watchChunks(meter)
}

function watchWholeAnswer(meter: OpenAiMeter): UsageWatch {
  const answer = wholeJson(['usage', 'tool_usage', 'model', 'service_tier', 'id'], ITEMS[meter])
  let bytes = 0
  return {
    push(chunk, text) {
      bytes += chunk.length
      answer.push(chunk, text)
    },
    finish: () => report(meter, answer),
    countedOutputTokens() {
      if (meter === 'openai-images') return null
      return meter === 'openai-embeddings' ? 0 : Math.ceil(bytes / 3)
    },
    outputEvents: () => 0,
  }
}

/** Where the items are that are billed singly. */
const ITEMS: Partial<Record<OpenAiMeter, string>> = { 'openai-responses': 'output', 'openai-images': 'data' }

/** A usage chunk is below a kilobyte and nearly the last one; the rest is room for what providers add to it. */
const TAIL_BYTES = 8_192

/** Chat and text completions: the usage is in the last chunks, if the caller or we asked for it. */
function watchChunks(meter: OpenAiMeter): UsageWatch {
  const tail = tailWindow(TAIL_BYTES)
  const events = eventScan({})
  return {
    push(chunk) {
      tail.push(chunk)
      events.push(chunk)
    },
    finish() {
      // Each line is parsed, so what the model wrote cannot pass for the usage. Of several the last counts.
      const lines = tail.text().split('\n')
      const last = lines.map(chunkWithUsage).findLast((chunk) => chunk !== null)
      const usage = last && report(meter, { member: (key) => last[key], items: () => 0 })
      if (!usage) return null
      const isFinal = isEmptyList(last.choices) || lines.some((line) => /^data: ?\[DONE\]/.test(line))
      return isFinal ? usage : cutShort(usage, events.outputTokens())
    },
    countedOutputTokens: events.outputTokens,
    outputEvents: events.outputEvents,
  }
}

function chunkWithUsage(line: string): Record<string, unknown> | null {
  if (!line.startsWith('data:') || !line.includes('"usage"')) return null
  const chunk = parse(line.slice('data:'.length))
  return isObject(chunk) && isObject(chunk.usage) ? chunk : null
}

/** Some providers report the usage so far in each chunk. A stream that was cut may have used more. */
function cutShort(usage: ReportedUsage, counted: number): ReportedUsage {
  const outputTokens = Math.max(usage.quantities.outputTokens, counted)
  return { ...usage, quantities: { ...usage.quantities, outputTokens }, estimated: true, cut: true }
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

/** The last event holds the whole response, which may be far larger than any window: it is scanned as it goes by. */
function watchResponseEvents(): UsageWatch {
  const final = jsonScan({
    root: 'response',
    keys: ['usage', 'tool_usage', 'model', 'service_tier', 'id'],
    itemsOf: 'output',
  })
  const events = eventScan({
    'response.completed': final,
    'response.incomplete': final,
    'response.failed': final,
    'response.cancelled': final,
  })
  return {
    push: events.push,
    finish: () => report('openai-responses', scanned(final)),
    countedOutputTokens: events.outputTokens,
    outputEvents: events.outputEvents,
  }
}

function watchImageEvents(): UsageWatch {
  const final = jsonScan({ keys: ['usage', 'model'] })
  const events = eventScan({ 'image_generation.completed': final }, ['image_generation.completed'])
  return {
    push: events.push,
    finish: () =>
      report('openai-images', { ...scanned(final), items: () => events.count('image_generation.completed') }),
    countedOutputTokens: () => null,
    outputEvents: () => 0,
  }
}

function scanned(scan: JsonScan): Answer {
  return { member: (key) => parse(scan.text(key)), items: scan.items }
}

/** The answer, as far as it is of interest. */
type Answer = { member(key: string): unknown; items(type?: string): number }

function report(meter: OpenAiMeter, answer: Answer): ReportedUsage | null {
  const reported = quantitiesOf(meter, answer.member('usage'))
  if (!reported) return null
  const servedModel = asText(answer.member('model'))
  if (meter === 'openai-responses') {
    reported.webSearches = answer.items('web_search_call')
    reported.fileSearches = answer.items('file_search_call')
    const drawn = drawnTokens(answer)
    reported.toolImageTokensIn = drawn.input
    reported.toolImageTokensOut = drawn.output
  } else if (meter === 'openai-images') {
    reported.images = answer.items()
  } else if (servedModel !== null && searchesAlways(servedModel)) {
    reported.webSearches = 1
  }
  const { quantities, bent } = saneQuantities(reported)
  return {
    quantities,
    estimated: bent,
    // A container is made, and charged, for each call that asks for one: also when no code runs in it.
    ranCode: true,
    cut: false,
    servedModel,
    serviceTier: asText(answer.member('service_tier')),
    objectId: meter === 'openai-responses' ? asText(answer.member('id')) : null,
  }
}

/** The tokens of images that a tool made, which are in no other total: as reported, or the most that so many have. */
function drawnTokens(answer: Answer): { input: number; output: number } {
  const usage = asObject(asObject(answer.member('tool_usage')).image_gen)
  const most = answer.items('image_generation_call') * TOKENS_PER_IMAGE
  const isReported = isCount(usage.input_tokens) && isCount(usage.output_tokens)
  return isReported
    ? { input: asCount(usage.input_tokens), output: asCount(usage.output_tokens) }
    : { input: most, output: most }
}

/** True for models that search the web before each answer, which is billed by the search and not reported. */
function searchesAlways(model: string): boolean {
  return /-search-(preview|api)/.test(model)
}

/** What the tools of a call may use when this model answers it. */
export function withSearches(model: string, tools: ToolUse): ToolUse {
  return tools.webSearches === 0 && searchesAlways(model) ? { ...tools, webSearches: 1 } : tools
}

/** Null when there is no usage, or one that is not made of counts. */
function quantitiesOf(meter: OpenAiMeter, usage: unknown): Quantities | null {
  if (!isObject(usage)) return null
  const input = usage.prompt_tokens ?? usage.input_tokens
  const output = usage.completion_tokens ?? usage.output_tokens ?? 0
  if (!isCount(input) || !isCount(output)) return null
  const inputDetails = asObject(usage.prompt_tokens_details ?? usage.input_tokens_details)
  const outputDetails = asObject(usage.completion_tokens_details ?? usage.output_tokens_details)
  const longWrites = asCount(asObject(inputDetails.cache_write_tokens_details).ttl_12h_tokens)
  const isImage = meter === 'openai-images'
  // Some providers leave thinking out of the output; it is in the total all the same.
  const outputTokens = Math.max(output, asCount(usage.total_tokens) - input)
  return {
    ...NO_QUANTITIES,
    inputTokens: input,
    cachedInputTokens: asCount(inputDetails.cached_tokens),
    cacheWrite5mTokens: Math.max(0, asCount(inputDetails.cache_write_tokens) - longWrites),
    cacheWrite1hTokens: longWrites,
    audioInputTokens: asCount(inputDetails.audio_tokens),
    cachedAudioInputTokens: asCount(asObject(inputDetails.cached_tokens_details).audio_tokens),
    imageInputTokens: asCount(inputDetails.image_tokens),
    outputTokens,
    reasoningTokens: asCount(outputDetails.reasoning_tokens),
    audioOutputTokens: asCount(outputDetails.audio_tokens),
    // The images endpoint writes nothing else, unless it says so.
    imageOutputTokens: asCount(outputDetails.image_tokens ?? (isImage ? outputTokens : 0)),
  }
}
