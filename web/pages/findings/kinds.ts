import type { findingList } from '../../../src/contract/findings.ts'
import type { Output } from '../../../src/contract/operation.ts'
import type { Tone } from '../../ui/Status.tsx'

export type Finding = Output<typeof findingList>['data'][number]

/** What an odd thing means, and what to do about it. `about` is the name of what it is about. */
type Kind = { title: (about: string) => string; means: string; todo: string }

const KINDS = new Map(
  Object.entries<Kind>({
    'audit-chain-broken': {
      title: () => 'The audit chain is broken',
      means:
        'An event is not what was sealed, or events are gone. Nothing is sealed on until this is seen to.',
      todo: 'Keep the database as it is. Verify the chain on the audit page, and compare it with heads that were kept elsewhere.',
    },
    'email-change-stopped': {
      title: (about) => `${about} stopped a change of their e-mail address`,
      means:
        'Somebody asked for another address, and whoever reads the old one said that it was not them. Their sessions have ended.',
      todo: 'Talk to them. See in the audit log what was done in their name before, and rotate what it touched.',
    },
    'break-glass-used': {
      title: (about) => `${about} signed in around the identity provider`,
      means:
        'While single sign-on is enforced, an owner used the way that is kept for when the provider is away.',
      todo: 'Ask whether it was them, and why. If it was not, reset their password and end their sessions.',
    },
    'passkey-copied': {
      title: () => 'A passkey answered as if it had been copied',
      means: 'Its count of uses did not go up. It was not accepted.',
      todo: 'Have its owner remove it and add a new one, and ask what happened to their device.',
    },
    'key-known-to-leaver': {
      title: (about) => `Somebody who left knows the key ${about}`,
      means: 'It was handed on, and works on with the secret that its former owner knew.',
      todo: 'Rotate the key.',
    },
    'delivery-reopened': {
      title: (about) => `Somebody tried to open the key ${about} again`,
      means: 'Its delivery was opened a second time, or by somebody who does not own it. Nothing was shown.',
      todo: 'Ask its owner. If nobody knows why, revoke the key and deliver a new one.',
    },
    'ledger-restored': {
      title: () => 'A budget’s spend was set right after a restore',
      means: 'The database was older than what a gateway had written down. What was missing was added.',
      todo: 'Check that the restore was meant, then run “The books add up” in the settings.',
    },
    'refresh-token-reused': {
      title: (about) => `A sign-in of ${about} was used twice`,
      means:
        'Two programs hold the same refresh token, so one of them may be a thief’s. The session has ended.',
      todo: 'Ask them whether somebody else used their machine, and see what was done in the audit log.',
    },
    'authorization-code-reused': {
      title: (about) => `A sign-in code of ${about} was used twice`,
      means: 'Somebody else may have seen it on its way. The session that it made has ended.',
      todo: 'Ask them whether somebody else used their machine, and see what was done in the audit log.',
    },
    'attestation-without-owner': {
      title: (about) => `Nobody says whether the key ${about} is still needed`,
      means: 'Its owner is gone, or its program has none. It is suspended when the grace days are over.',
      todo: 'Give its program an owner, or say yourself whether it is needed.',
    },
  }),
)

/** A kind that this page does not know is told by its own name. */
export function kindOf({ kind }: Pick<Finding, 'kind'>): Kind {
  return KINDS.get(kind) ?? { title: () => kind.replaceAll('-', ' '), means: '', todo: 'Look into it.' }
}

/** What findings of a kind say, of whatever they are about. */
export function kindWords(kind: string): string {
  return kindOf({ kind }).title('…')
}

/** The kinds to choose from: those that this page knows, and the one that was chosen elsewhere. */
export function kindsToChoose(chosen: string | undefined): { value: string; label: string }[] {
  const kinds = new Set([...KINDS.keys(), ...(chosen === undefined ? [] : [chosen])])
  return [...kinds]
    .map((value) => ({ value, label: kindWords(value) }))
    .sort((one, other) => one.label.localeCompare(other.label))
}

/** What a finding says in one line, with the name of the key or person that it is about. */
export function titleOf(finding: Finding, nameOf: (id: string) => string, organization: string): string {
  const id = subjectOf(finding)
  return kindOf(finding).title(isNamed(id) ? nameOf(id) : organization)
}

/** The ids whose names `titleOf` needs. */
export function namedIn(findings: Finding[]): string[] {
  return findings.map(subjectOf).filter(isNamed)
}

function isNamed(id: string): boolean {
  return /^(?:key|usr)_/.test(id)
}

export const SEVERITY = {
  high: { tone: 'bad', text: 'high' },
  medium: { tone: 'warn', text: 'medium' },
  low: { tone: 'quiet', text: 'low' },
} as const satisfies Record<Finding['severity'], { tone: Tone; text: string }>

/** The gravest first. */
export const SEVERITIES = ['high', 'medium', 'low'] as const

/** The gravest first; of those the oldest. */
export function byGravity(one: Finding, other: Finding): number {
  return (
    SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) ||
    one.firstSeenAt.localeCompare(other.firstSeenAt)
  )
}

const KEY = /^key_/

/** The thing to look at: what it is about, or the key or person that it tells of. */
export function subjectOf({ targetId, detail }: Finding): string {
  if (/^(?:key|usr|bud)_/.test(targetId)) return targetId
  const said = [detail.keyId, detail.userId].find((id) => typeof id === 'string')
  return typeof said === 'string' ? said : targetId
}

/** What was seen, name by name, in words: `missingNanoUsd` is "missing nano usd". Advice is said elsewhere. */
export function seenIn({ detail }: Finding): { label: string; value: string }[] {
  return Object.entries(detail).flatMap(([name, value]) =>
    name === 'advice' || value === null || value === undefined
      ? []
      : [{ label: wordsOf(name), value: typeof value === 'object' ? JSON.stringify(value) : String(value) }],
  )
}

function wordsOf(name: string): string {
  const words = name.replace(/Id$/, '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export function isKey(id: string): boolean {
  return KEY.test(id)
}
