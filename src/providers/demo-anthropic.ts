import { type DemoAnswer, type DemoRequest, json, stream, words } from './demo-answer.ts'

export function answerAnthropicDemo(request: DemoRequest): DemoAnswer {
  const { id, model, path, text, usage } = request
  if (path === '/messages/count_tokens') return json({ input_tokens: usage?.input ?? 0 })
  const message = (content: unknown[], stop_reason: string | null, output: number) => ({
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason,
    stop_sequence: null,
    ...(usage ? { usage: counted(usage.input, output) } : {}),
  })
  const output = usage?.output ?? 0
  if (!request.stream) return json(message([{ type: 'text', text }], 'end_turn', output))
  return stream([
    event('message_start', { message: message([], null, 1) }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...words(request).map((text) =>
      event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
    ),
    event('content_block_stop', { index: 0 }),
    event('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      ...(usage ? { usage: { output_tokens: output } } : {}),
    }),
    event('message_stop', {}),
  ])
}

function counted(input: number, output: number) {
  return {
    input_tokens: input,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: output,
    service_tier: 'standard',
  }
}

function event(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
}
