import {
  breakAt,
  type ChainBreak,
  type ChainedEvent,
  type ChainHead,
  type ChainLink,
  headText,
  NO_HASH,
  type Sha256,
} from './audit-chain.ts'
import { HEAD_TYPE } from './audit-ocsf.ts'

/*
 * An exported file: one CloudEvent a line, events by position, then the heads among them, then one line that signs
 * every byte before it.
 */

export type Manifest = {
  format: typeof FORMAT
  organizationId: string
  /** The times that were asked for; null is open. */
  from: string | null
  to: string | null
  /** The positions of the first and the last event; null when there is none. */
  first: number | null
  last: number | null
  events: number
  heads: number
  /** Of all bytes before this line, hexadecimal. */
  sha256: string
  signedAt: string
  keyId: string
  /** PEM. */
  publicKey: string
}

export const FORMAT = 'claviger-audit-export/1'

export function manifestText(manifest: Manifest): string {
  return `claviger-audit-manifest\n${JSON.stringify(manifest)}`
}

/** The last line, without its end. `signature` is base64. */
export function manifestLine(manifest: Manifest, signature: string): string {
  return JSON.stringify({ manifest, signature })
}

export type Crypto = {
  sha256: Sha256
  /** Whether the base64 `signature` of `text` is an Ed25519 one by the key `publicKey` (PEM); false for any other text. */
  verify(text: string, signature: string, publicKey: string): boolean
}

export type FileReport = {
  events: number
  heads: number
  first: number | null
  last: number | null
  /** The key of the manifest, that heads and file were checked with when none was given. */
  publicKey: string | null
  firstBroken: { position: number | null; eventId: string | null; problem: string } | null
}

/**
 * Checks a file line by line: `line` for each but the last, `end` with the last one and the SHA-256 of all before.
 * Hears of one problem, the first.
 */
export function fileCheck(crypto: Crypto, options: { publicKey: string | null; kept: ChainHead[] }) {
  let last: ChainLink | null = null
  let first: number | null = null
  let events = 0
  let firstBroken: FileReport['firstBroken'] = null
  const hashes = new Map<number, string>()
  const heads: ChainHead[] = []

  const broken = (found: ChainBreak | FileReport['firstBroken']) => {
    firstBroken ??= found
  }
  const problem = (problem: string, position: number | null = null) =>
    broken({ position, eventId: null, problem })

  return {
    line(text: string): void {
      if (firstBroken) return
      const parsed = parse(text)
      if (parsed?.type === HEAD_TYPE) {
        heads.push(parsed.data as ChainHead)
        return
      }
      const { event, ...link } = parsed?.data?.unmapped?.claviger ?? {}
      if (!isLink(link) || typeof event?.id !== 'string') {
        problem('a line is no audit event', last === null ? null : last.position + 1)
        return
      }
      const begin = { position: link.position - 1, hash: link.position === 1 ? NO_HASH : link.previousHash }
      const before: { position: number; hash: string } = last ?? begin
      broken(breakAt(crypto.sha256, before, link, event as ChainedEvent))
      first ??= link.position
      last = link
      events += 1
      hashes.set(link.position, link.hash)
    },

    end(text: string, sha256: string): FileReport {
      const { manifest, signature } = parseManifest(text) ?? {}
      const publicKey = options.publicKey ?? manifest?.publicKey ?? null
      const report = () => ({
        events,
        heads: heads.length,
        first,
        last: last?.position ?? null,
        publicKey,
        firstBroken,
      })
      if (firstBroken) return report()
      if (!manifest || signature === undefined || publicKey === null) {
        problem('the file does not end with its manifest: its end was cut off', last?.position ?? null)
        return report()
      }
      for (const head of [...heads, ...options.kept])
        broken(brokenHead(crypto, publicKey, head, manifest, hashes))
      if (!crypto.verify(manifestText(manifest), signature, publicKey)) {
        problem('the manifest, the last line, is not signed with this key')
      } else if (manifest.sha256 !== sha256) {
        problem('the file is not the one that its manifest was signed for')
      } else if (manifest.events !== events || manifest.heads !== heads.length) {
        problem('events or heads are missing that its manifest counts')
      }
      return report()
    },
  }
}

/** A head, of the file or kept elsewhere, must say what the events say; of what was signed nothing may be missing. */
function brokenHead(
  { verify }: Crypto,
  publicKey: string,
  head: ChainHead,
  { organizationId, keyId, to, signedAt, first, last }: Manifest,
  hashes: ReadonlyMap<number, string>,
): FileReport['firstBroken'] {
  const { position } = head
  if (head.organizationId !== organizationId) return null
  const broken = (problem: string) => ({ position, eventId: null, problem })
  if (head.keyId === keyId && !verify(headText(head), head.signature, publicKey)) {
    return broken('the signature of its head is not right')
  }
  if (position > (last ?? 0)) {
    // Later heads than the file are no news, and a file up to some time says nothing about what came after.
    const mustBeIn = to === null && Date.parse(head.signedAt) <= Date.parse(signedAt)
    return mustBeIn ? broken('the chain was signed up to here, but the file ends before') : null
  }
  if (first === null || position < first) return null
  return hashes.get(position) === head.hash ? null : broken('it is another one than its signed head says')
}

// biome-ignore lint/suspicious/noExplicitAny: any JSON; what is read of it is checked.
function parse(text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isLink(link: Record<string, unknown>): link is ChainLink {
  return (
    Number.isSafeInteger(link.position) &&
    typeof link.hash === 'string' &&
    typeof link.previousHash === 'string'
  )
}

/** The manifest of a last line that is written exactly as we write it: what else it may be was changed. */
function parseManifest(text: string): { manifest: Manifest; signature: string } | null {
  const { manifest, signature } = parse(text) ?? {}
  if (manifest?.format !== FORMAT || typeof signature !== 'string') return null
  return manifestLine(manifest, signature) === text ? { manifest, signature } : null
}
