/** An audit event with every column of its row, as `db/audit-chain.ts` reads it: texts, lists of texts, and `seq`. */
export type ChainedEvent = { seq: number; id: string; [column: string]: unknown }

/** Where an event stands in the chain. Hashes are 64 hexadecimal digits. */
export type ChainLink = { position: number; previousHash: string; hash: string }

/** A promise about the whole chain up to `position`, signed with Ed25519. */
export type ChainHead = {
  organizationId: string
  position: number
  hash: string
  signedAt: string
  keyId: string
  /** Base64. */
  signature: string
}

export type Sha256 = (bytes: Uint8Array) => Uint8Array

/** What stands before the first event. */
export const NO_HASH = '0'.repeat(64)

const HASH_BYTES = 32
const POSITION_BYTES = 8

/**
 * The text of an event that is hashed: JSON with sorted names. Names without a value are left out, so that a column
 * that comes later, empty, does not change what was sealed before.
 */
export function canonicalEvent(event: ChainedEvent): string {
  const present = Object.entries(event).filter(([, value]) => value !== null && value !== undefined)
  return JSON.stringify(Object.fromEntries(present.sort(([one], [other]) => (one < other ? -1 : 1))))
}

/** The hash of the event at `position`: over the hash before, the position and the event. */
export function linkHash(
  sha256: Sha256,
  previousHash: string,
  position: number,
  event: ChainedEvent,
): string {
  const bytes = new Uint8Array(HASH_BYTES + POSITION_BYTES + HASH_BYTES)
  bytes.set(fromHex(previousHash))
  new DataView(bytes.buffer).setBigUint64(HASH_BYTES, BigInt(position))
  bytes.set(sha256(new TextEncoder().encode(canonicalEvent(event))), HASH_BYTES + POSITION_BYTES)
  return toHex(sha256(bytes))
}

/** The text whose signature makes a head. */
export function headText(head: Omit<ChainHead, 'keyId' | 'signature'>): string {
  const { organizationId, position, hash, signedAt } = head
  return `claviger-audit-head\n${organizationId}\n${position}\n${hash}\n${signedAt}`
}

/** What is wrong at a place of the chain. */
export type ChainBreak = { position: number; eventId: string | null; problem: string }

/**
 * What is wrong with a link, seen from the one before; null when nothing is. `event` is null when it is not there
 * any more.
 */
export function breakAt(
  sha256: Sha256,
  before: { position: number; hash: string },
  link: ChainLink,
  event: ChainedEvent | null,
): ChainBreak | null {
  const position = before.position + 1
  const broken = (problem: string) => ({ position, eventId: event?.id ?? null, problem })
  if (link.position !== position) {
    return broken(`position ${position} is missing: the next one is ${link.position}`)
  }
  if (event === null) return broken('its event is gone')
  if (link.previousHash !== before.hash) return broken('it does not follow the event before it')
  if (link.hash !== linkHash(sha256, before.hash, position, event)) {
    return broken('it is not the event that was sealed here')
  }
  return null
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
