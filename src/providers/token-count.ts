import type { Encoding } from './token-encodings.ts'

/** How many tokens a text has in one encoding; never fewer than the model sees. */
export type CountText = (text: string) => number

/**
 * Byte-pair encoding takes quadratic time in the length of a word. Longer ones are counted by their bytes, of which
 * every token has at least one.
 */
const LONGEST_WORD = 128

/** Loads an encoding: some 200 ms and 60 MB, so only where that disturbs nobody (see `token-worker.ts`). */
export async function loadEncoding(encoding: Encoding): Promise<CountText> {
  const [{ BytePairEncodingCore }, splits, { default: ranks }] = await Promise.all([
    import('gpt-tokenizer/BytePairEncodingCore'),
    import('gpt-tokenizer/encodingParams/constants'),
    encoding === 'o200k_base'
      ? import('gpt-tokenizer/bpeRanks/o200k_base')
      : import('gpt-tokenizer/bpeRanks/cl100k_base'),
  ])
  const words = encoding === 'o200k_base' ? splits.O200K_TOKEN_SPLIT_REGEX : splits.CL100K_TOKEN_SPLIT_REGEX
  const core = new BytePairEncodingCore({
    bytePairRankDecoder: ranks,
    tokenSplitRegex: words,
    mergeCacheSize: 0,
    // What looks like one in a caller's text is text. None at all would make the library look for nothing, everywhere.
    specialTokensEncoder: new Map([['\0\0', -1]]),
  })
  // Tokens never reach over the end of a word, so the words may be counted one by one.
  return (text) => {
    let tokens = 0
    for (const [word] of text.matchAll(words))
      tokens += word.length > LONGEST_WORD ? Buffer.byteLength(word) : core.countNative(word)
    return tokens
  }
}

/** What stands in these may be more text than its bytes show once the provider has decoded it. */
const SEALED_MEMBERS = new Set(['encrypted_content', 'signature'])
/** Descriptions of functions reach the model as comments, with a mark before each line. */
const TOKENS_PER_COMMENT_LINE = 2

/**
 * An upper bound of the input tokens of a request, beside what templates add: each string, name or value, as often as
 * it stands in the JSON, counted exactly as the text it means; and a token for each other byte that is not blank (quotes,
 * braces, numbers), which is more than the marks between messages and parameters come to. Null when the text does not
 * tell. `body` is valid JSON; `describesFunctions` when it has tools or schemas.
 */
export function inputBound(body: string, describesFunctions: boolean, count: CountText): number | null {
  let tokens = 0
  let outside = 0
  for (const { start, end, isName } of stringsIn(body)) {
    tokens += visible(body, outside, start) + 2
    outside = end
    const text: string = JSON.parse(body.slice(start, end))
    if (isName && SEALED_MEMBERS.has(text)) return null
    tokens += count(text)
    if (describesFunctions) tokens += TOKENS_PER_COMMENT_LINE * (text.split('\n').length - 1)
  }
  return tokens + visible(body, outside, body.length)
}

/** The strings of a JSON text, with their quotes. */
function* stringsIn(body: string): Generator<{ start: number; end: number; isName: boolean }> {
  for (let start = body.indexOf('"'); start >= 0; ) {
    let end = body.indexOf('"', start + 1)
    while (isEscaped(body, end)) end = body.indexOf('"', end + 1)
    end++
    let after = end
    while (isBlank(body.charCodeAt(after))) after++
    yield { start, end, isName: body[after] === ':' }
    start = body.indexOf('"', after)
  }
}

function isEscaped(body: string, at: number): boolean {
  let slashes = 0
  while (body[at - 1 - slashes] === '\\') slashes++
  return slashes % 2 === 1
}

function visible(body: string, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; at++) if (!isBlank(body.charCodeAt(at))) count++
  return count
}

function isBlank(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9
}
