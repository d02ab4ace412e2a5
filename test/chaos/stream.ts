/** Three seconds of a slow model. */
const MOST_OUTPUT_TOKENS = 30

/** An answer that is under way: its first bytes have arrived. */
export type OpenStream = {
  status: number
  /** Everything that comes, until it ends or breaks off. */
  text: Promise<string>
  hangUp(): void
}

/** Opens a stream and resolves once it flows. */
export async function openStream(url: string, secret: string, model: string): Promise<OpenStream> {
  const stop = new AbortController()
  const answer = await fetch(`${url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream: true, max_output_tokens: MOST_OUTPUT_TOKENS, input: 'Hello' }),
    signal: stop.signal,
  })
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
  const first = await reader.read()
  return {
    status: answer.status,
    text: readRest(reader, first.value ?? new Uint8Array()),
    hangUp: () => stop.abort(),
  }
}

async function readRest(reader: ReadableStreamDefaultReader<Uint8Array>, first: Uint8Array): Promise<string> {
  const chunks = [first]
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value)
  } catch {
    // Broken off: what came before counts.
  }
  return Buffer.concat(chunks).toString()
}

/** The error event that a stream ends with, as the Responses API has it; null when it ends in another way. */
export function lastError(text: string): { type: string; code: string } | null {
  const [, data] = /\n\nevent: error\ndata: (\{.*\})\n\n$/.exec(text) ?? []
  return data === undefined ? null : JSON.parse(data)
}
