import { randomBytes } from 'node:crypto'

export type IdKind =
  | 'org'
  | 'team'
  | 'prj'
  | 'env'
  | 'usr'
  | 'svc'
  | 'tok'
  | 'key'
  | 'sec'
  | 'prv'
  | 'crd'
  | 'mdl'
  | 'rlm'
  | 'bud'
  | 'evt'
  | 'req'
  | 'use'
  | 'node'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const POOL_BYTES = 4096

let pool = randomBytes(POOL_BYTES)
let used = 0

/**
 * A new id: the kind, then a ULID (https://github.com/ulid/spec): 48 bits of milliseconds and 80 random bits,
 * so ids sort by creation time and reveal nothing else.
 */
export function newId(kind: IdKind, nowMs = Date.now()): string {
  if (used + 10 > POOL_BYTES) {
    pool = randomBytes(POOL_BYTES)
    used = 0
  }
  let text = `${kind}_`
  for (let shift = 45; shift >= 0; shift -= 5) text += ALPHABET[Math.floor(nowMs / 2 ** shift) % 32]
  let bits = 0
  let held = 0
  for (let i = 0; i < 10; i++) {
    bits = (bits << 8) | (pool[used++] ?? 0)
    held += 8
    while (held >= 5) {
      held -= 5
      text += ALPHABET[(bits >>> held) & 31]
    }
    bits &= (1 << held) - 1
  }
  return text
}
