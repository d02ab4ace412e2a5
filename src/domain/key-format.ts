import { ENVIRONMENT_KINDS, type EnvironmentKind } from './scope.ts'

/*
 *  sk-cvg-prd-  4fQ…(43)…Zk      0aB3xY            a key: presented to the gateway
 *  cvg_tok_     9Tc…(43)…1s      2Mw8Qd            an API token: presented to the control plane
 *  cvg_ses_     …                                  the other secrets of people and programs, one prefix each
 *  prefix       256 random bits  CRC-32 of all before it, both in base62
 *
 * Scanners recognize the prefix, the checksum tells a typo or a fake from a secret without asking anybody,
 * and clients that insist on `sk-` accept it.
 */
const KEY_PREFIXES: Record<EnvironmentKind, string> = {
  development: 'sk-cvg-dev-',
  staging: 'sk-cvg-stg-',
  production: 'sk-cvg-prd-',
}
const SHAPE = /^(sk-cvg-(?:dev|stg|prd)-|cvg_[a-z]{3}_)[0-9A-Za-z]{49}$/

/**
 * What else we hand out, by its prefix: API token; session cookie; access and refresh token of the command line;
 * sign-in under way; invitation; reset of a password; change of an e-mail address, and stopping one; delivery of a
 * key; known device; device code; authorization code.
 */
export const SECRET_KINDS = [
  'tok',
  'ses',
  'acc',
  'ref',
  'sgn',
  'inv',
  'rst',
  'emc',
  'ems',
  'dlv',
  'dev',
  'dvc',
  'cod',
] as const
export type SecretKind = (typeof SECRET_KINDS)[number]

export const SECRET_RANDOM_BYTES = 32
const BODY_LENGTH = 43
const CHECKSUM_LENGTH = 6
const HINT_LENGTH = 4

/** The secret of a key for an environment of this kind, from 32 random bytes. */
export function formatKey(kind: EnvironmentKind, random: Uint8Array): string {
  return format(KEY_PREFIXES[kind], random)
}

/** A secret of this kind, from 32 random bytes. A secret of one kind opens nothing that takes another. */
export function formatSecret(kind: SecretKind, random: Uint8Array): string {
  return format(`cvg_${kind}_`, random)
}

/** The kind of a secret that is no key; null when `text` is none of ours or its checksum is wrong. */
export function secretKind(text: string): SecretKind | null {
  const prefix = wellFormedPrefix(text)
  return SECRET_KINDS.find((kind) => prefix === `cvg_${kind}_`) ?? null
}

/** The kind of environment a key is for; null when `text` is no key of ours or its checksum is wrong. */
export function keyKind(text: string): EnvironmentKind | null {
  const prefix = wellFormedPrefix(text)
  return ENVIRONMENT_KINDS.find((kind) => prefix === KEY_PREFIXES[kind]) ?? null
}

/** True when `text` has the form and the checksum of an API token. */
export function isToken(text: string): boolean {
  return secretKind(text) === 'tok'
}

/** What may be shown of a key or token later: `sk-cvg-prd-…a1B2`. Its last characters are checksum, not secret. */
export function hintOf(secret: string): string {
  return `${secret.slice(0, -(BODY_LENGTH + CHECKSUM_LENGTH))}…${secret.slice(-HINT_LENGTH)}`
}

function format(prefix: string, random: Uint8Array): string {
  if (random.length !== SECRET_RANDOM_BYTES)
    throw new RangeError(`expected ${SECRET_RANDOM_BYTES} random bytes`)
  const number = random.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  const unchecked = prefix + base62(number)
  return unchecked + checksum(unchecked)
}

function wellFormedPrefix(text: string): string | null {
  const prefix = SHAPE.exec(text)?.[1]
  if (prefix === undefined) return null
  return text.endsWith(checksum(text.slice(0, -CHECKSUM_LENGTH))) ? prefix : null
}

/** The CRC in base62. It fits a number, which is faster than a bigint, and each call is checked. */
function checksum(text: string): string {
  let digits = ''
  for (let rest = crc32(text); digits.length < CHECKSUM_LENGTH; rest = Math.floor(rest / 62))
    digits = BASE62[rest % 62] + digits
  return digits
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function base62(number: bigint): string {
  let text = ''
  for (let rest = number; text.length < BODY_LENGTH; rest /= 62n) text = BASE62[Number(rest % 62n)] + text
  return text
}

const CRC_OF_BYTE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

/** CRC-32 of ASCII text, as zip and PNG compute it (ISO 3309). */
function crc32(text: string): number {
  let crc = 0xffffffff
  for (let i = 0; i < text.length; i++) {
    crc = (crc >>> 8) ^ (CRC_OF_BYTE[(crc ^ text.charCodeAt(i)) & 0xff] ?? 0)
  }
  return ~crc >>> 0
}
