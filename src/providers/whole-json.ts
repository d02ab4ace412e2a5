import { type JsonScan, jsonScan } from './json-scan.ts'
import { isObject, parse } from './json-value.ts'

/** Reads a few members of a whole JSON answer, however large it is. */
export type WholeJson = {
  push(chunk: Buffer): void
  member(key: string): unknown
  /** How many objects, or objects of a type, are in the array that `itemsOf` names. */
  items(type?: string): number
}

/** Answers up to this size are parsed at the end, which is faster; of larger ones only what is asked for is kept. */
const PARSED_BYTES = 32_768

export function wholeJson(keys: readonly string[], itemsOf?: string): WholeJson {
  let scan: JsonScan | null = null
  let kept: Buffer[] = []
  let bytes = 0
  let parsed: Record<string, unknown> | null = null

  function scanKept(): JsonScan {
    scan ??= jsonScan({ keys, ...(itemsOf === undefined ? {} : { itemsOf }) })
    for (const chunk of kept) scan.push(chunk)
    kept = []
    return scan
  }

  function parseKept(): void {
    if (kept.length === 0) return
    const [first] = kept
    const text = (kept.length === 1 && first ? first : Buffer.concat(kept)).toString()
    const value = parse(text)
    // A broken answer may still have come with its usage.
    if (isObject(value)) parsed = value
    else scanKept()
    kept = []
  }

  return {
    push(chunk) {
      bytes += chunk.length
      if (bytes <= PARSED_BYTES) {
        kept.push(Buffer.from(chunk))
        return
      }
      scanKept().push(chunk)
    },
    member(key) {
      parseKept()
      return parsed ? parsed[key] : parse(scan?.text(key) ?? null)
    },
    items(type) {
      parseKept()
      const list = parsed && itemsOf !== undefined ? parsed[itemsOf] : null
      if (!Array.isArray(list)) return scan?.items(type) ?? 0
      return list.filter((item) => isObject(item) && (type === undefined || item.type === type)).length
    },
  }
}
