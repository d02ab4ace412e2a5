import { type DemoAnswer, type DemoRequest, json, stream, words } from './demo-answer.ts'

export function answerOpenAiDemo(request: DemoRequest): DemoAnswer {
  const { method, path } = request
  const [, resource = '', id, below] = path.split('/')
  if (resource === 'responses' && id) return storedResponse(method, id, below)
  if (method === 'POST') {
    const answer = { chat, completions, responses, embeddings, moderations, images }[resource]
    if (answer) return answer(request)
  }
  return notFound(`There is no ${method} ${path} here.`)
}

const CREATED = 1_790_000_000

/** Responses that were asked to be stored, newest last. */
const stored = new Map<string, { response: Record<string, unknown>; input: string }>()
const MOST_STORED = 1000

function chat(request: DemoRequest): DemoAnswer {
  const { body, id, model, text } = request
  const head = { id: `chatcmpl-${id}`, created: CREATED, model }
  const usage = chatUsage(request)
  if (!request.stream) {
    const message = { role: 'assistant', content: text, refusal: null }
    const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }]
    return json({ ...head, object: 'chat.completion', choices, ...usage, service_tier: 'default' })
  }
  const asked = asksForUsage(body)
  const chunk = (choices: unknown[], more: object) =>
    data({ ...head, object: 'chat.completion.chunk', choices, ...(asked ? { usage: null } : {}), ...more })
  const delta = (delta: object, finish_reason: string | null) =>
    chunk([{ index: 0, delta, logprobs: null, finish_reason }], {})
  return stream([
    delta({ role: 'assistant', content: '' }, null),
    ...words(request).map((word) => delta({ content: word }, null)),
    delta({}, 'stop'),
    ...(asked && usage.usage ? [chunk([], usage)] : []),
    'data: [DONE]\n\n',
  ])
}

function completions(request: DemoRequest): DemoAnswer {
  const { body, id, model, text } = request
  const head = { id: `cmpl-${id}`, object: 'text_completion', created: CREATED, model }
  const choice = (text: string, finish_reason: string | null) => ({
    text,
    index: 0,
    logprobs: null,
    finish_reason,
  })
  const usage = chatUsage(request)
  if (!request.stream) return json({ ...head, choices: [choice(text, 'stop')], ...usage })
  return stream([
    ...words(request).map((word) => data({ ...head, choices: [choice(word, null)] })),
    data({ ...head, choices: [choice('', 'stop')] }),
    ...(asksForUsage(body) && usage.usage ? [data({ ...head, choices: [], ...usage })] : []),
    'data: [DONE]\n\n',
  ])
}

function responses(request: DemoRequest): DemoAnswer {
  const { body, id, text } = request
  const part = { type: 'output_text', annotations: [], logprobs: [], text }
  const item = { id: `msg_${id}`, type: 'message', status: 'completed', role: 'assistant', content: [part] }
  const response = responseObject(request, 'completed', [item])
  if (body.store !== false) store(`resp_${id}`, response, textOf(body.input))
  if (!request.stream) return json(response)
  let sequence = 0
  const event = (type: string, fields: object) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...fields })}\n\n`
  const at = { item_id: item.id, output_index: 0, content_index: 0 }
  const begun = { response: responseObject(request, 'in_progress', []) }
  return stream([
    event('response.created', begun),
    event('response.in_progress', begun),
    event('response.output_item.added', {
      output_index: 0,
      item: { ...item, status: 'in_progress', content: [] },
    }),
    event('response.content_part.added', { ...at, part: { ...part, text: '' } }),
    ...words(request).map((delta) => event('response.output_text.delta', { ...at, delta, logprobs: [] })),
    event('response.output_text.done', { ...at, text, logprobs: [] }),
    event('response.content_part.done', { ...at, part }),
    event('response.output_item.done', { output_index: 0, item }),
    event('response.completed', { response }),
  ])
}

function responseObject({ body, id, model, usage }: DemoRequest, status: string, output: unknown[]) {
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: CREATED,
    status,
    error: null,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    model,
    output,
    parallel_tool_calls: true,
    previous_response_id: body.previous_response_id ?? null,
    service_tier: 'default',
    store: body.store !== false,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    metadata: body.metadata ?? {},
    usage:
      usage && status === 'completed'
        ? {
            input_tokens: usage.input,
            input_tokens_details: { cached_tokens: 0 },
            output_tokens: usage.output,
            output_tokens_details: { reasoning_tokens: 0 },
            total_tokens: usage.input + usage.output,
          }
        : null,
  }
}

function store(id: string, response: Record<string, unknown>, input: string): void {
  const [oldest] = stored.keys()
  if (stored.size >= MOST_STORED && oldest !== undefined) stored.delete(oldest)
  stored.set(id, { response, input })
}

function storedResponse(method: string, id: string, below: string | undefined): DemoAnswer {
  const found = stored.get(id)
  if (!found) return notFound(`Response with id '${id}' not found.`)
  if (below === 'input_items') {
    const content = [{ type: 'input_text', text: found.input }]
    const items = [{ id: `msg_${id}`, type: 'message', role: 'user', content }]
    return json({ object: 'list', data: items, first_id: `msg_${id}`, last_id: `msg_${id}`, has_more: false })
  }
  if (method === 'DELETE') {
    stored.delete(id)
    return json({ id, object: 'response', deleted: true })
  }
  return json(below === 'cancel' ? { ...found.response, status: 'cancelled' } : found.response)
}

/** Three numbers for each input, the same for the same text. */
function embeddings({ body, model, usage }: DemoRequest): DemoAnswer {
  const inputs = Array.isArray(body.input) ? body.input : [body.input]
  const list = inputs.map((input, index) => {
    const vector = Float32Array.of(1, 0.5, (textOf(input).length % 100) / 100)
    const embedding =
      body.encoding_format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector]
    return { object: 'embedding', index, embedding }
  })
  const counted = usage && { prompt_tokens: usage.input, total_tokens: usage.input }
  return json({ object: 'list', data: list, model, ...(counted ? { usage: counted } : {}) })
}

function moderations({ id, model }: DemoRequest): DemoAnswer {
  const categories = { harassment: false, hate: false, 'self-harm': false, sexual: false, violence: false }
  const category_scores = Object.fromEntries(Object.keys(categories).map((name) => [name, 0]))
  return json({ id: `modr-${id}`, model, results: [{ flagged: false, categories, category_scores }] })
}

/** One transparent pixel. */
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

function images({ body, usage }: DemoRequest): DemoAnswer {
  const count = typeof body.n === 'number' ? Math.min(body.n, 10) : 1
  const list = Array.from({ length: count }, () => ({ b64_json: PIXEL }))
  if (!usage) return json({ created: CREATED, data: list })
  const input_tokens_details = { text_tokens: usage.input, image_tokens: 0 }
  const counted = { input_tokens: usage.input, input_tokens_details, output_tokens: count }
  return json({ created: CREATED, data: list, usage: { ...counted, total_tokens: usage.input + count } })
}

function chatUsage({ usage }: DemoRequest): { usage?: object } {
  if (!usage) return {}
  return {
    usage: {
      prompt_tokens: usage.input,
      completion_tokens: usage.output,
      total_tokens: usage.input + usage.output,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
    },
  }
}

function asksForUsage({ stream_options: options }: Record<string, unknown>): boolean {
  return (
    typeof options === 'object' &&
    options !== null &&
    'include_usage' in options &&
    options.include_usage === true
  )
}

function notFound(message: string): DemoAnswer {
  return json({ error: { message, type: 'invalid_request_error', param: null, code: null } }, 404)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '')
}

function data(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`
}
