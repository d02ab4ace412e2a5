import { NO_QUANTITIES, type Quantities, type ReportedUsage, saneQuantities } from '../domain/usage.ts'
import { eventScan } from './event-scan.ts'
import { type JsonScan, jsonScan } from './json-scan.ts'
import { asCount, asObject, asText, isCount, isObject, parse } from './json-value.ts'
import type { UsageWatch } from './usage-watch.ts'
import { wholeJson } from './whole-json.ts'

export function watchAnthropicUsage(isEventStream: boolean): UsageWatch {
  return isEventStream ? watchEvents() : watchWholeAnswer()
}

function watchWholeAnswer(): UsageWatch {
  const answer = wholeJson(['usage', 'model', 'container'])
  let bytes = 0
  return {
    push(chunk, text) {
      bytes += chunk.length
      answer.push(chunk, text)
    },
    finish: () => report(answer.member('usage'), answer.member('model'), answer.member('container'), null),
    countedOutputTokens: () => Math.ceil(bytes / 3),
    outputEvents: () => 0,
  }
}

/** `message_start` tells the input and the tier, the last `message_delta` the output, cumulative. */
function watchEvents(): UsageWatch {
  const start = jsonScan({ root: 'message', keys: ['usage', 'model', 'container'] })
  const delta = jsonScan({ keys: ['usage'] })
  const inside = jsonScan({ root: 'delta', keys: ['container'] })
  const both: JsonScan = {
    ...delta,
    push(chunk, from, to) {
      delta.push(chunk, from, to)
      inside.push(chunk, from, to)
    },
  }
  const events = eventScan({ message_start: start, message_delta: both })
  return {
    push: events.push,
    finish() {
      const begun = parse(start.text('usage'))
      const ended = parse(delta.text('usage'))
      if (!isObject(begun) && !isObject(ended)) return null
      const usage = { ...asObject(begun), ...withoutNulls(asObject(ended)) }
      const container = parse(inside.text('container')) ?? parse(start.text('container'))
      const counted = isObject(ended) ? null : events.outputTokens()
      return report(usage, parse(start.text('model')), container, counted)
    },
    countedOutputTokens: events.outputTokens,
    outputEvents: events.outputEvents,
  }
}

/** `countedOutput` stands in for the output of a stream that was cut. */
function report(
  usage: unknown,
  model: unknown,
  container: unknown,
  countedOutput: number | null,
): ReportedUsage | null {
  if (!isObject(usage)) return null
  const own = quantitiesOf(usage)
  if (!own) return null
  const others = Array.isArray(usage.iterations) ? usage.iterations.filter(isBilledApart) : []
  const total = others.map((one) => quantitiesOf(one) ?? NO_QUANTITIES).reduce<Quantities>(sum, own)
  const outputTokens = Math.max(total.outputTokens, countedOutput ?? 0)
  const { quantities, bent } = saneQuantities({ ...total, outputTokens })
  return {
    quantities,
    // An adviser has its own model and price, which we do not apply.
    estimated: bent || countedOutput !== null || others.some(({ type }) => type === 'advisor_message'),
    ranCode: isObject(container) || asCount(asObject(usage.server_tool_use).code_execution_requests) > 0,
    cut: countedOutput !== null,
    servedModel: asText(model),
    serviceTier: tierOf(usage),
    objectId: null,
  }
}

/** Anthropic's counts exclude each other: `input_tokens` is what was neither read from the cache nor written to it. */
function quantitiesOf(usage: Record<string, unknown>): Quantities | null {
  if (!isCount(usage.input_tokens) || !isCount(usage.output_tokens)) return null
  const read = asCount(usage.cache_read_input_tokens)
  const written = asCount(usage.cache_creation_input_tokens)
  const byLife = asObject(usage.cache_creation)
  const longWrites = Math.min(written, asCount(byLife.ephemeral_1h_input_tokens))
  const tools = asObject(usage.server_tool_use)
  return {
    ...NO_QUANTITIES,
    inputTokens: usage.input_tokens + read + written,
    cachedInputTokens: read,
    cacheWrite5mTokens: written - longWrites,
    cacheWrite1hTokens: longWrites,
    outputTokens: usage.output_tokens,
    reasoningTokens: asCount(asObject(usage.output_tokens_details).thinking_tokens),
    webSearches: asCount(tools.web_search_requests),
  }
}

/** Summaries of long conversations and advice are billed, but not part of the totals; turns of the model are. */
function isBilledApart(iteration: unknown): iteration is Record<string, unknown> {
  return isObject(iteration) && (iteration.type === 'compaction' || iteration.type === 'advisor_message')
}

function sum(total: Quantities, more: Readonly<Quantities>): Quantities {
  const result = { ...total }
  for (const name of Object.keys(more) as (keyof Quantities)[]) result[name] += more[name] // the keys of Quantities
  return result
}

/** Everything that the price depends on, joined: `standard+fast+us`. */
function tierOf({ service_tier: tier, speed, inference_geo: geo }: Record<string, unknown>): string | null {
  const parts = [
    tier,
    speed === 'standard' ? null : speed,
    geo === 'global' || geo === 'not_available' ? null : geo,
  ]
  const named = parts.filter((part) => typeof part === 'string' && part !== '')
  return named.length > 0 ? named.join('+') : null
}

function withoutNulls(usage: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null))
}
