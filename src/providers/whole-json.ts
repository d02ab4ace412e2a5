import { type JsonScan, jsonScan } from './json-scan.ts'
import { isObject, parse } from './json-value.ts'

/** Reads a few members of a whole JSON answer, however large it is. */
export type WholeJson = {
  /** `text` is the chunk, one character per byte. */
  push(chunk: Buffer, text: string): void
  member(key: string): unknown
  /** How many objects, or objects of a type, are in the array that `itemsOf` names. */
  items(type?: string): number
}

/** Answers up to this size are parsed at the end, which is faster; of larger ones only what is asked for is kept. */
const PARSED_BYTES = 32_768
const BEYOND_ASCII = /[\x80-\xff]/

export function wholeJson(keys: readonly string[], itemsOf?: string): WholeJson {
  let scan: JsonScan | null = null
  /** What came so far, one character per byte: that costs less to keep than a copy of the bytes. */
  let kept = ''
  let bytes = 0
  let parsed: Record<string, unknown> | null = null

  function scanKept(): JsonScan {
    scan ??= jsonScan({ keys, ...(itemsOf === undefined ? {} : { itemsOf }) })
    if (kept !== '') scan.push(Buffer.from(kept, 'latin1'))
    kept = ''
    return scan
  }

  function parseKept(): void {
    if (kept === '') return
    const value = parse(BEYOND_ASCII.test(kept) ? Buffer.from(kept, 'latin1').toString() : kept)
    // A broken answer may still have come with its usage.
    if (isObject(value)) parsed = value
    else scanKept()
    kept = ''
  }

  return {
    push(chunk, text) {
      bytes += chunk.length
      if (bytes <= PARSED_BYTES) {
        kept += text
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
