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
  | 'rai'
  | 'evt'
  | 'req'
  | 'use'
  | 'cor'
  | 'node'
  | 'role'
  | 'grt'
  | 'ses'
  | 'stp'
  | 'ntc'
  | 'fnd'
  | 'fac'
  | 'pky'
  | 'sgn'
  | 'inv'
  | 'emt'
  | 'emc'
  | 'con'
  | 'map'
  | 'idn'
  | 'sso'
  | 'trl'
  | 'acr'
  | 'are'
  | 'apr'
  | 'dlv'
  | 'alw'
  | 'doc'
  | 'dov'
  | 'ack'
  | 'exm'
  | 'sink'
  | 'chn'
  | 'alr'
  | 'cdt'
  | 'view'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const TIME_LENGTH = 10
const RANDOM_LENGTH = 16
const POOL_LENGTH = 256 * RANDOM_LENGTH

let pool = ''
let used = 0
let time = { ms: Number.NaN, text: '' }

/**
 * A new id: the kind, then a ULID (https://github.com/ulid/spec): 48 bits of milliseconds and 80 random bits,
 * so ids sort by creation time and reveal nothing else.
 */
export function newId(kind: IdKind, nowMs = Date.now()): string {
  if (nowMs !== time.ms) time = { ms: nowMs, text: timeText(nowMs) }
  return `${kind}_${time.text}${randomText()}`
}

function timeText(ms: number): string {
  let text = ''
  for (let rest = ms; text.length < TIME_LENGTH; rest = Math.floor(rest / 32))
    text = ALPHABET[rest % 32] + text
  return text
}

/** Five random bits a character, made many at a time. */
function randomText(): string {
  if (used === pool.length) {
    const bytes = randomBytes(POOL_LENGTH)
    for (let i = 0; i < POOL_LENGTH; i++) bytes[i] = ALPHABET.charCodeAt((bytes[i] ?? 0) % 32)
    pool = bytes.toString('latin1')
    used = 0
  }
  used += RANDOM_LENGTH
  return pool.slice(used - RANDOM_LENGTH, used)
}
