/** The most bytes of a refusal that are read. What is longer is no message. */
export const MOST_SAID_BYTES = 16 * 1024

const MOST_SHOWN = 300
/** So many letters in a row that are also in the secret are a part of it. */
const PART_OF_SECRET = 6

/**
 * The message of a provider's refusal, for a person: one line, bounded, and without any part of the secret, which
 * providers like to repeat. Null when the body is not JSON with a message where providers put one; any other text of an
 * address is not ours to show.
 *
 * OpenAI, Azure and Gemini answer `{ error: { message } }` (Gemini also in an array), Anthropic
 * `{ type: 'error', error: { message } }`, others `{ error: '…' }` or `{ message }`.
 */
export function saidIn(body: string, secret: string): string | null {
  const text = messageIn(parsed(body))
  if (text === null) return null
  // Control, format and unassigned characters: they could hide or turn around what stands beside them.
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim()
  const said = line
    .split(' ')
    .map((word) => (isPartOf(secret, word) ? '[redacted]' : word))
    .join(' ')
  if (said === '') return null
  const letters = [...said]
  return letters.length <= MOST_SHOWN ? said : `${letters.slice(0, MOST_SHOWN - 1).join('')}…`
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}

function messageIn(value: unknown): string | null {
  const answer: unknown = Array.isArray(value) ? value[0] : value
  if (!isObject(answer)) return null
  const { error, message } = answer
  const said = isObject(error) ? error.message : (error ?? message)
  return typeof said === 'string' ? said : null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Whether a word tells something of the secret: all of it, or a few letters in a row. */
function isPartOf(secret: string, word: string): boolean {
  if (secret.length < PART_OF_SECRET) return secret !== '' && word.includes(secret)
  for (let at = 0; at + PART_OF_SECRET <= word.length; at += 1) {
    if (secret.includes(word.slice(at, at + PART_OF_SECRET))) return true
  }
  return false
}
