import type { ProviderKind } from '../domain/providers.ts'

/** The byte-pair encodings that we can count in, by OpenAI's names for them. */
export type Encoding = 'cl100k_base' | 'o200k_base'

/**
 * The encoding in which OpenAI counts a model's text, by the beginning of its name; the first row that matches counts.
 * From the table that OpenAI publishes for this (`tiktoken` 0.14.0, `model.py`). What is not in it is not guessed.
 */
const ENCODINGS: readonly [prefix: string, encoding: Encoding][] = [
  ['gpt-5', 'o200k_base'],
  ['gpt-4.5-', 'o200k_base'],
  ['gpt-4.1', 'o200k_base'],
  ['chatgpt-4o-', 'o200k_base'],
  ['gpt-4o', 'o200k_base'],
  ['gpt-4', 'cl100k_base'],
  ['gpt-3.5-turbo', 'cl100k_base'],
  ['o1', 'o200k_base'],
  ['o3', 'o200k_base'],
  ['o4-mini', 'o200k_base'],
  ['ft:gpt-4o', 'o200k_base'],
  ['ft:gpt-4.1', 'o200k_base'],
  ['ft:gpt-4', 'cl100k_base'],
  ['ft:gpt-3.5-turbo', 'cl100k_base'],
  ['text-embedding-3-', 'cl100k_base'],
  ['text-embedding-ada-002', 'cl100k_base'],
]

/** Models that read more than the caller's text: their own searches, or sound. */
const READS_MORE = /search|research|audio|realtime|transcribe|tts|image/

/**
 * The encoding of a model at a kind of provider; null when it is not known. At other kinds a name proves nothing:
 * Azure's are those of deployments, which anybody chooses, and compatible servers serve what they like.
 */
export function encodingOf(kind: ProviderKind, model: string): Encoding | null {
  if (kind !== 'openai' || READS_MORE.test(model)) return null
  return ENCODINGS.find(([prefix]) => belongs(model, prefix))?.[1] ?? null
}

/** `gpt-4` covers `gpt-4-0613` and not `gpt-4.2`, which is another model; `gpt-5` is a prefix in OpenAI's own table. */
function belongs(model: string, prefix: string): boolean {
  if (!model.startsWith(prefix)) return false
  const next = model[prefix.length]
  return prefix === 'gpt-5' || prefix.endsWith('-') || next === undefined || next === '-' || next === ':'
}
