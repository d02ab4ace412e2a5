import { setTimeout as sleep } from 'node:timers/promises'
import { type Exchange, type Json, json, streamWords } from './exchange.ts'
import { fail } from './misbehave.ts'

export async function answerAnthropic(exchange: Exchange): Promise<void> {
  const target = `${exchange.method} ${exchange.path}`
  if (target === 'POST messages') return messages(exchange)
  if (target === 'POST messages/count_tokens')
    return json(exchange, 200, { input_tokens: exchange.usage.input })
  if (target === 'GET models') return json(exchange, 200, listModels())
  if (target.startsWith('GET models/')) return json(exchange, 200, model(target.slice('GET models/'.length)))
  fail(exchange, 404, 'not_found_error', 'Not found')
}

async function messages(exchange: Exchange): Promise<void> {
  const { words } = exchange
  const stop = { stop_reason: exchange.capped ? 'max_tokens' : 'end_turn', stop_sequence: null }
  const message = (content: unknown[], ending: Json, usage: unknown) => ({
    id: `msg_${exchange.callId}`,
    type: 'message',
    role: 'assistant',
    model: exchange.servedModel,
    content,
    ...ending,
    usage,
  })
  if (exchange.stream) {
    const nothing = { stop_reason: null, stop_sequence: null }
    return streamWords(exchange, {
      before: [
        event('message_start', { message: message([], nothing, reportedUsage(exchange, 1)) }),
        event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
        event('ping', {}),
      ],
      word: (text) => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
      after: () => [
        event('content_block_stop', { index: 0 }),
        event('message_delta', { delta: stop, usage: reportedUsage(exchange, exchange.usage.output) }),
        event('message_stop', {}),
      ],
    })
  }
  exchange.charge()
  const content: Json[] = [{ type: 'text', text: words.join('') }]
  if (exchange.model.includes('fake-usage-in-text')) {
    // A tool's input is real JSON that the model writes, so a real key "usage" may stand in it.
    content.push({
      type: 'tool_use',
      id: 'toolu_1',
      name: 'log',
      input: { usage: { input_tokens: 1, output_tokens: 1 } },
    })
  }
  const answer = message(content, stop, reportedUsage(exchange, exchange.usage.output))
  if (!exchange.model.includes('fake-cut')) return json(exchange, 200, answer)
  const text = JSON.stringify(answer)
  exchange.response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': String(text.length),
  })
  exchange.response.write(text.slice(0, text.length / 2))
  await sleep(20)
  exchange.response.destroy()
}

/** Anthropic reports exclusive counts: `input_tokens` is what was neither read from the cache nor written to it. */
function reportedUsage({ model, serviceTier, usage }: Exchange, output: number): unknown {
  if (model.includes('fake-no-usage')) return undefined
  if (model.includes('fake-garbage-usage')) return { input_tokens: -5, output_tokens: 'many' }
  if (model.includes('fake-huge-usage')) return { input_tokens: 1e15, output_tokens: 1e15 }
  const written = usage.cacheWrite5m + usage.cacheWrite1h
  const [tier = 'standard', ...rest] = serviceTier.replace('default', 'standard').split('+')
  return {
    input_tokens: usage.input - usage.cached - written,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: usage.cached,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5m,
      ephemeral_1h_input_tokens: usage.cacheWrite1h,
    },
    output_tokens: output,
    ...(usage.webSearches > 0
      ? { server_tool_use: { web_search_requests: usage.webSearches, web_fetch_requests: 0 } }
      : {}),
    service_tier: tier,
    inference_geo: rest.includes('us') ? 'us' : 'not_available',
    ...(rest.includes('fast') ? { speed: 'fast' } : {}),
  }
}

function listModels(): Json {
  const data = [model('claude-opus-5-5'), model('claude-haiku-4-5')]
  return { data, has_more: false, first_id: 'claude-opus-5-5', last_id: 'claude-haiku-4-5' }
}

function model(id: string): Json {
  return { type: 'model', id, display_name: id, created_at: '2026-09-22T00:00:00Z' }
}

function event(type: string, fields: Json): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
}
