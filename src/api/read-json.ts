import { AppError, type FieldError } from '../domain/errors.ts'

const MAX_BODY_BYTES = 1024 * 1024
const MAX_DEPTH = 64
const JSON_TYPE = /^application\/json(?:;[ \t]*charset=(?:utf-8|"utf-8"))?$/i

/** The body as text and as a value; both null when there is none. */
export type JsonBody = { text: string; value: unknown }

/** Reads the whole body strictly: JSON only, UTF-8 only, at most 1 MiB, no name twice in an object. */
export async function readJson(request: Request): Promise<JsonBody | null> {
  const bytes = await readBytes(request)
  if (bytes.length === 0) return null
  const type = request.headers.get('content-type') ?? ''
  if (!JSON_TYPE.test(type)) {
    throw new AppError('unsupported_media_type', 'Send the body as "content-type: application/json".')
  }
  if (!/^(?:identity)?$/i.test(request.headers.get('content-encoding') ?? '')) {
    throw new AppError('unsupported_media_type', 'Send the body without content-encoding.')
  }
  const text = decode(bytes)
  const value = parse(text)
  refuseTraps(text)
  return { text, value }
}

async function readBytes(request: Request): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of arriving(request)) {
    length += chunk.length
    if (length > MAX_BODY_BYTES) {
      throw new AppError('request_too_large', `The body is larger than ${MAX_BODY_BYTES} bytes.`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

async function* arriving(request: Request): AsyncGenerator<Uint8Array> {
  try {
    if (request.body) yield* request.body
  } catch (cause) {
    throw new AppError('invalid_request', 'The body broke off before its end.', { cause })
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw malformed('', 'not valid UTF-8', cause)
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw malformed('', 'not valid JSON', cause)
  }
}

/**
 * Finds what `JSON.parse` lets pass in text it accepted: a name given twice (which one counts is anybody's guess),
 * `__proto__`, and nesting that is deeper than any of our objects.
 */
function refuseTraps(text: string): void {
  const open: (Set<string> | null)[] = []
  for (const [token, name] of text.matchAll(
    /("[^"\\]*(?:\\.[^"\\]*)*")\s*:|"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]/g,
  )) {
    if (name !== undefined) refuseName(JSON.parse(name), open.at(-1))
    else if (token === '{') open.push(new Set())
    else if (token === '[') open.push(null)
    else if (token === '}' || token === ']') open.pop()
    if (open.length > MAX_DEPTH) throw malformed('', `nested deeper than ${MAX_DEPTH} levels`)
  }
}

function refuseName(name: string, seen: Set<string> | null | undefined): void {
  if (name === '__proto__') throw malformed('', 'the name "__proto__" is not allowed')
  if (seen?.has(name)) throw malformed(`/${name}`, 'given twice in the same object')
  seen?.add(name)
}

function malformed(pointer: string, detail: string, cause?: unknown): AppError {
  const errors: FieldError[] = [{ pointer: `/body${pointer}`, detail }]
  return new AppError('invalid_request', `The body cannot be read: ${detail}.`, { errors, cause })
}
