import { BodyError, memberValue, type ScannedBody, WATCHED } from './scan-body.ts'

/** Members whose content the model reads. */
export const CONTENT = ['messages', 'input', 'system', 'prompt', 'instructions', 'prediction'] as const

/**
 * True when the model reads more than the body's bytes: images, audio, documents, or things stored at the provider.
 * Bytes do not bound those, so the call is held at the model's whole context.
 * Files at the provider belong to no project here, so a call that names one is refused.
 */
export function readsMoreThanText(body: ScannedBody): boolean {
  if (!body.watched) return false
  return CONTENT.filter((member) => refersIn(memberValue(body, member), member)).length > 0
}

function refersIn(value: unknown, member: string): boolean {
  if (typeof value !== 'object' || value === null) return false
  let refers = false
  for (const [name, item] of Object.entries(value)) {
    if (isFileId(name, item)) {
      throw new BodyError(
        'Files stored at the provider belong to no project here: send the content itself.',
        member,
      )
    }
    if (WATCHED.has(name)) refers = true
    if (refersIn(item, member)) refers = true
  }
  return refers
}

/**
 * Items of earlier answers, named by their id alone, are read from what every project stored at the provider.
 * OpenAI takes an item without a type for such a reference.
 */
export function refuseStoredItems(body: ScannedBody): void {
  if (!body.watched && !body.text.includes('"id"')) return
  const items = memberValue(body, 'input')
  if (Array.isArray(items) && items.some(isReference)) {
    throw new BodyError('Items stored at the provider belong to no project here: send them whole.', 'input')
  }
}

function isReference(item: unknown): boolean {
  if (typeof item !== 'object' || item === null) return false
  const { type, content } = item as { type?: unknown; content?: unknown }
  return type === 'item_reference' || ((type ?? null) === null && (content ?? null) === null)
}

/** By the shape of the value as well: arguments of the caller's own tools may have any name. */
function isFileId(name: string, value: unknown): boolean {
  return (name === 'file_id' || name === 'file_ids') && /^file[-_]/.test(String(value))
}
