import { setTimeout as sleep } from 'node:timers/promises'
import { type Exchange, type Json, json, streamWords } from './exchange.ts'
import { fail } from './misbehave.ts'

const CREATED = 1_790_000_000
const stored = new Map<string, { response: Json; input: unknown }>()

const ROUTES: [RegExp, (exchange: Exchange, id: string) => unknown][] = [
  [/^POST chat\/completions$/, chat],
  [/^POST completions$/, completion],
  [/^POST responses$/, createResponse],
  [/^GET responses\/([^/]+)$/, (exchange, id) => withStored(exchange, id, ({ response }) => response)],
  [/^DELETE responses\/([^/]+)$/, deleteResponse],
  [/^POST responses\/([^/]+)\/cancel$/, cancelResponse],
  [
    /^GET responses\/([^/]+)\/input_items$/,
    (exchange, id) => withStored(exchange, id, ({ input }) => inputItems(input)),
  ],
  [/^POST embeddings$/, embeddings],
  [/^POST moderations$/, moderations],
  [/^POST images\/generations$/, images],
  [
    /^GET models$/,
    (exchange) => json(exchange, 200, { object: 'list', data: [model('gpt-5.4'), model('gpt-6-luna')] }),
  ],
  [/^GET models\/([^/]+)$/, (exchange, id) => json(exchange, 200, model(id))],
]

export async function answerOpenAi(exchange: Exchange): Promise<void> {
  const target = `${exchange.method} ${exchange.path}`
  for (const [pattern, answer] of ROUTES) {
    const match = pattern.exec(target)
    if (match) {
      await answer(exchange, match[1] ?? '')
      return
    }
  }
  fail(exchange, 404, 'invalid_request_error', `Invalid URL (${target})`)
}

function chat(exchange: Exchange): unknown {
  const { body, servedModel, serviceTier, words } = exchange
  const choices = typeof body.n === 'number' ? body.n : 1
  const head = { id: `chatcmpl-${exchange.callId}`, created: CREATED, model: servedModel }
  const tail = { service_tier: serviceTier, system_fingerprint: 'fp_fake' }
  const finish = exchange.capped ? 'length' : 'stop'
  if (exchange.stream) {
    const included = (body.stream_options as Json | undefined)?.include_usage === true
    const chunk = (delta: Json | null, reason: string | null, usage?: unknown) =>
      data({
        ...head,
        object: 'chat.completion.chunk',
        ...tail,
        choices: delta ? [{ index: 0, delta, logprobs: null, finish_reason: reason }] : [],
        ...(included ? { usage: usage ?? null } : {}),
        obfuscation: 'aBcDeF'.slice(0, 1 + (exchange.callId.length % 6)),
      })
    return streamWords(exchange, {
      before: [chunk({ role: 'assistant', content: '', refusal: null }, null)],
      word: (word) => chunk({ content: word }, null),
      after: () => {
        const report = chatUsage(exchange)
        return [
          chunk({}, finish),
          ...(included && report ? [chunk(null, null, report)] : []),
          'data: [DONE]\n\n',
        ]
      },
    })
  }
  const text = answerText(exchange, words.join(''))
  const message = { role: 'assistant', content: text, refusal: null, annotations: [] }
  exchange.charge()
  return cutShort(exchange, {
    ...head,
    object: 'chat.completion',
    choices: Array.from({ length: choices }, (_, index) => ({
      index,
      message,
      logprobs: null,
      finish_reason: finish,
    })),
    ...optional('usage', chatUsage(exchange)),
    ...tail,
  })
}

function completion(exchange: Exchange): unknown {
  const head = {
    id: `cmpl-${exchange.callId}`,
    object: 'text_completion',
    created: CREATED,
    model: exchange.servedModel,
  }
  const choice = (text: string, reason: string | null) => ({
    text,
    index: 0,
    logprobs: null,
    finish_reason: reason,
  })
  if (exchange.stream) {
    const included = (exchange.body.stream_options as Json | undefined)?.include_usage === true
    return streamWords(exchange, {
      before: [],
      word: (word) => data({ ...head, choices: [choice(word, null)], ...(included ? { usage: null } : {}) }),
      after: () => {
        const report = chatUsage(exchange)
        return [
          data({ ...head, choices: [choice('', 'stop')], ...(included ? { usage: null } : {}) }),
          ...(included && report ? [data({ ...head, choices: [], usage: report })] : []),
          'data: [DONE]\n\n',
        ]
      },
    })
  }
  exchange.charge()
  return cutShort(exchange, {
    ...head,
    choices: [choice(exchange.words.join(''), 'stop')],
    ...optional('usage', chatUsage(exchange)),
  })
}

function createResponse(exchange: Exchange): unknown {
  const { body, callId, words } = exchange
  const id = `resp_${callId}`
  const text = answerText(exchange, words.join(''))
  const part = { type: 'output_text', annotations: [], logprobs: [], text }
  const item = {
    id: `msg_${callId}`,
    type: 'message',
    status: 'completed',
    content: [part],
    role: 'assistant',
  }
  const searches = Array.from({ length: exchange.usage.webSearches }, (_, index) => ({
    id: `ws_${callId}_${index}`,
    type: 'web_search_call',
    status: 'completed',
    action: { type: 'search', query: 'type: web_search_call' },
  }))
  const response = (status: string, output: unknown[], usage: unknown) => ({
    id,
    object: 'response',
    created_at: CREATED,
    status,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    model: exchange.servedModel,
    output,
    parallel_tool_calls: true,
    previous_response_id: body.previous_response_id ?? null,
    reasoning: { effort: null, summary: null },
    service_tier: status === 'completed' ? exchange.serviceTier : 'auto',
    store: body.store !== false,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: body.tools ?? [],
    top_p: 1,
    truncation: 'disabled',
    usage,
    user: null,
    metadata: body.metadata ?? {},
  })
  const complete = response('completed', [...searches, item], responsesUsage(exchange))
  if (body.store !== false) stored.set(id, { response: complete, input: body.input })
  if (!exchange.stream) {
    exchange.charge()
    return cutShort(exchange, complete)
  }
  let sequence = 0
  const event = (type: string, fields: Json) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...fields })}\n\n`
  const at = { item_id: item.id, output_index: searches.length, content_index: 0 }
  return streamWords(exchange, {
    before: [
      event('response.created', { response: response('in_progress', [], null) }),
      event('response.in_progress', { response: response('in_progress', [], null) }),
      ...searches.map(({ id }, index) =>
        event('response.web_search_call.completed', { item_id: id, output_index: index }),
      ),
      event('response.output_item.added', { output_index: searches.length, item: { ...item, content: [] } }),
      event('response.content_part.added', { ...at, part: { ...part, text: '' } }),
    ],
    word: (delta) => event('response.output_text.delta', { ...at, delta, logprobs: [], obfuscation: 'xyz' }),
    after: () => [
      event('response.output_text.done', { ...at, text, logprobs: [] }),
      event('response.content_part.done', { ...at, part }),
      event('response.output_item.done', { output_index: searches.length, item }),
      event('response.completed', { response: complete }),
    ],
  })
}

function withStored(
  exchange: Exchange,
  id: string,
  show: (found: { response: Json; input: unknown }) => unknown,
): void {
  const found = stored.get(id)
  if (found) json(exchange, 200, show(found))
  else fail(exchange, 404, 'not_found_error', `Response with id '${id}' not found.`)
}

function deleteResponse(exchange: Exchange, id: string): void {
  withStored(exchange, id, () => ({ id, object: 'response', deleted: true }))
  stored.delete(id)
}

function cancelResponse(exchange: Exchange, id: string): void {
  withStored(exchange, id, ({ response }) => ({ ...response, status: 'cancelled' }))
}

function inputItems(input: unknown): Json {
  const content = [{ type: 'input_text', text: typeof input === 'string' ? input : JSON.stringify(input) }]
  const data = [{ id: 'msg_input_1', type: 'message', role: 'user', content }]
  return { object: 'list', data, first_id: 'msg_input_1', last_id: 'msg_input_1', has_more: false }
}

function embeddings(exchange: Exchange): unknown {
  const { input, encoding_format: format } = exchange.body
  const vector = Float32Array.of(0.25, -0.5, 0.125)
  const embedding = format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector]
  exchange.usage.output = 0
  exchange.charge()
  const tokens = exchange.usage.input
  return cutShort(exchange, {
    object: 'list',
    data: (Array.isArray(input) ? input : [input]).map((_, index) => ({
      object: 'embedding',
      index,
      embedding,
    })),
    model: exchange.servedModel,
    ...(exchange.model.includes('fake-no-usage')
      ? {}
      : { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
  })
}

function moderations(exchange: Exchange): void {
  const flags = { harassment: false, hate: false, violence: false }
  const results = [
    { flagged: false, categories: flags, category_scores: { harassment: 0.01, hate: 0, violence: 0 } },
  ]
  json(exchange, 200, { id: `modr-${exchange.callId}`, model: exchange.servedModel, results })
}

function images(exchange: Exchange): unknown {
  const count = typeof exchange.body.n === 'number' ? exchange.body.n : 1
  const { input, imageInput, output } = exchange.usage
  const details = { text_tokens: input - imageInput, image_tokens: imageInput }
  exchange.charge()
  return cutShort(exchange, {
    created: CREATED,
    background: 'opaque',
    data: Array.from({ length: count }, () => ({ b64_json: 'iVBORw0KGgo=' })),
    output_format: 'png',
    quality: 'high',
    size: '1024x1024',
    usage: {
      input_tokens: input,
      input_tokens_details: details,
      output_tokens: output,
      output_tokens_details: { image_tokens: output, text_tokens: 0 },
      total_tokens: input + output,
    },
  })
}

function model(id: string): Json {
  return { id, object: 'model', created: CREATED, owned_by: 'system' }
}

function chatUsage(exchange: Exchange): unknown {
  const { model, usage } = exchange
  if (model.includes('fake-no-usage')) return undefined
  if (model.includes('fake-garbage-usage'))
    return { prompt_tokens: -5, completion_tokens: 'many', total_tokens: null }
  if (model.includes('fake-huge-usage'))
    return { prompt_tokens: 1e15, completion_tokens: 1e15, total_tokens: 2e15 }
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: {
      cached_tokens: usage.cached,
      audio_tokens: usage.audioInput,
      ...(usage.cacheWrite5m > 0 ? { cache_write_tokens: usage.cacheWrite5m } : {}),
      ...(usage.imageInput > 0 ? { image_tokens: usage.imageInput } : {}),
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: usage.audioOutput,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}

function responsesUsage({ model, usage }: Exchange): unknown {
  if (model.includes('fake-no-usage')) return null
  if (model.includes('fake-garbage-usage'))
    return { input_tokens: -5, output_tokens: 'many', total_tokens: null }
  return {
    input_tokens: usage.input,
    input_tokens_details: { cached_tokens: usage.cached, cache_write_tokens: usage.cacheWrite5m },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.input + usage.output,
  }
}

/** `fake-usage-in-text` says what a careless reader would take for the usage. */
function answerText({ model }: Exchange, text: string): string {
  return model.includes('fake-usage-in-text')
    ? `${text} {"usage":{"prompt_tokens":1,"completion_tokens":1},"input_tokens":1}`
    : text
}

/** A whole answer; `fake-cut` promises all of it, sends half and drops the connection. */
async function cutShort(exchange: Exchange, value: unknown): Promise<void> {
  if (!exchange.model.includes('fake-cut')) return json(exchange, 200, value)
  const text = JSON.stringify(value)
  exchange.response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': String(text.length),
  })
  exchange.response.write(text.slice(0, text.length / 2))
  await sleep(20)
  exchange.response.destroy()
}

function optional(name: string, value: unknown): Json {
  return value === undefined ? {} : { [name]: value }
}

function data(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`
}
