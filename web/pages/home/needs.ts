import type { accessRequestList } from '../../../src/contract/access-requests.ts'
import type { alertList } from '../../../src/contract/alerts.ts'
import type { attestationList } from '../../../src/contract/attestations.ts'
import type { budgetList } from '../../../src/contract/budgets.ts'
import type { credentialList } from '../../../src/contract/credentials.ts'
import type { deliveryList } from '../../../src/contract/deliveries.ts'
import type { documentDue } from '../../../src/contract/documents.ts'
import type { findingList } from '../../../src/contract/findings.ts'
import type { keyList } from '../../../src/contract/keys.ts'
import type { AnyOperation, Output } from '../../../src/contract/operation.ts'
import type { profileView } from '../../../src/contract/profile.ts'
import { ago, day, percent } from '../../format.ts'
import type { Target } from '../../ui/To.tsx'
import { SEVERITIES, SEVERITY } from '../findings/kinds.ts'
import { standingOf } from '../my-keys/deliveries.ts'

type Listed<O extends AnyOperation> = (Output<O> & { data: unknown[] })['data']

/** Something that waits for the viewer, and where they see to it. */
export type Need = {
  id: string
  /** `bad` is broken or late, `warn` waits for them, `quiet` can wait. */
  tone: 'bad' | 'warn' | 'quiet'
  text: string
  note?: string
  at: Target
}

const SHOWN_EACH = 3
const SOON_MS = 3 * 86_400_000
const TONES = ['bad', 'warn', 'quiet']

/** The gravest first; of the same gravity as they come. */
export function byGravity(needs: Need[]): Need[] {
  return needs.toSorted((one, other) => TONES.indexOf(one.tone) - TONES.indexOf(other.tone))
}

/** One line for each severity, with what the first of them say. `titleOf` is what its page says of one. */
export function fromFindings(
  findings: Listed<typeof findingList>,
  titleOf: (finding: Listed<typeof findingList>[number]) => string,
): Need[] {
  return SEVERITIES.flatMap((severity) => {
    const found = findings.filter((one) => one.severity === severity)
    if (found.length === 0) return []
    const titles = [...new Set(found.map(titleOf))]
    const more = titles.length - SHOWN_EACH
    const note = `${titles.slice(0, SHOWN_EACH).join('. ')}${more > 0 ? `, and ${more} more` : ''}.`
    const text =
      found.length === 1
        ? `A finding of ${severity} severity is open`
        : `${found.length} findings of ${severity} severity are open`
    const at = { to: '/findings', search: { severity } } as const
    return [{ id: `findings-${severity}`, tone: SEVERITY[severity].tone, text, note, at }]
  })
}

const ASKS_FOR: Record<string, string> = {
  key: 'a key',
  model: 'models',
  budget: 'more budget',
  rate: 'a higher rate',
  production: 'a role in production',
  team: 'a role in a team',
  expiry: 'a longer life of a key',
}

export function fromRequests(requests: Listed<typeof accessRequestList>): Need[] {
  return few(
    requests.map(({ id, requester, kind, reason, production }) => ({
      id,
      tone: 'warn',
      text: `${requester.name} asks for ${ASKS_FOR[kind] ?? kind}${production && kind !== 'production' ? ' in production' : ''}`,
      note: reason,
      at: { to: '/requests/$accessRequestId', params: { accessRequestId: id } },
    })),
    (more) => ({ text: `${more} more requests wait for you`, at: { to: '/requests' } }),
  )
}

export function fromDeliveries(deliveries: Listed<typeof deliveryList>, now: Date): Need[] {
  return deliveries
    .filter((delivery) => standingOf(delivery, now) === 'waits')
    .map(({ id, keyName, expiresAt }) => ({
      id,
      tone: 'warn',
      text: `The key ${keyName} waits for you to open it`,
      note: `Until ${day(expiresAt)}.`,
      at: { to: '/my-keys', search: { delivery: id } },
    }))
}

export function fromDocuments(due: Listed<typeof documentDue>): Need[] {
  return due.map(({ documentId, title, overdue, dueBy }) => ({
    id: documentId,
    tone: overdue ? 'bad' : dueBy !== null ? 'warn' : 'quiet',
    text: `Read “${title}”`,
    note:
      dueBy === null ? 'When you have time.' : overdue ? 'Until then you get no key.' : `By ${day(dueBy)}.`,
    at: { to: '/documents', search: { document: documentId } },
  }))
}

export function fromKeysThatEnd(keys: Listed<typeof keyList>, now: Date): Need[] {
  return few(
    keys
      .filter(({ expiresAt }) => expiresAt !== null)
      .toSorted((one, other) => String(one.expiresAt).localeCompare(String(other.expiresAt)))
      .map(({ id, name, expiresAt }) => {
        const at = expiresAt ?? ''
        return {
          id,
          tone: Date.parse(at) - now.getTime() < SOON_MS ? 'warn' : 'quiet',
          text: `The key ${name} ends ${ago(at, now.getTime())}`,
          at: { to: '/keys/$keyId', params: { keyId: id } },
        }
      }),
    (more) => ({
      text: `${more} more keys end soon`,
      at: { to: '/keys', search: { expiring: 'soon' } },
    }),
  )
}

/** Those of the viewer are asked of them by name; of the others they know how many. */
export function fromAttestations(asked: Listed<typeof attestationList>, me: string | null): Need[] {
  const mine = asked.filter(({ ownerUserId }) => ownerUserId !== null && ownerUserId === me)
  const others = asked.length - mine.length
  return [
    ...few(
      mine.map(({ keyId, keyName, suspended }) => ({
        id: `attest-${keyId}`,
        tone: suspended ? 'bad' : 'warn',
        text: `Say whether the key ${keyName} is still needed`,
        ...(suspended ? { note: 'It is suspended until you do.' } : {}),
        at: { to: '/keys/$keyId', params: { keyId } },
      })),
      (more) => ({
        text: `${more} more of your keys wait for the same`,
        at: { to: '/keys', search: { owner: 'me' } },
      }),
    ),
    ...(others === 0
      ? []
      : [
          {
            id: 'attest-others',
            tone: 'quiet' as const,
            text:
              others === 1
                ? 'Nobody has said whether a key is still needed'
                : `Nobody has said whether ${others} keys are still needed`,
            note: 'Their owners were asked.',
            at: { to: '/keys' } as const,
          },
        ]),
  ]
}

/** Those that are spent, or nearly so; the fullest first. */
export function fromBudgets(budgets: Listed<typeof budgetList>): Need[] {
  return few(
    budgets
      .map((budget) => ({ budget, ratio: ratioOf(budget) }))
      .filter(({ budget }) => budget.window.standing !== 'open')
      .toSorted((one, other) => other.ratio - one.ratio)
      .map(({ budget: { id, name, kind, window, timeZone }, ratio }) => {
        // As the page of the budget says it: its days are not those of the reader.
        const anew = window.resetsAt && day(window.resetsAt, timeZone)
        const stops = window.standing === 'suspended' || window.standing === 'refusing'
        return {
          id,
          tone: stops ? 'bad' : 'warn',
          text: ratio >= 1 ? `The budget ${name} is spent` : `The budget ${name} is at ${percent(ratio)}`,
          note: stops
            ? `It refuses calls${anew ? ` until ${anew}` : ''}.`
            : window.stage === 'throttled'
              ? 'It lets only so many calls a minute through.'
              : kind === 'soft'
                ? 'It warns, and refuses nothing.'
                : `It refuses calls once it is spent${anew ? `; it resets ${anew}` : ''}.`,
          at: { to: '/budgets/$budgetId', params: { budgetId: id } },
        }
      }),
    (more) => ({ text: `${more} more budgets are nearly spent`, at: { to: '/budgets' } }),
  )
}

/** How much of its window is spent: 0.5 is half. For comparing and for words alone. */
export function ratioOf({ window: { spentUsd, limitUsd } }: Listed<typeof budgetList>[number]): number {
  return Number(limitUsd) === 0 ? 1 : Number(spentUsd) / Number(limitUsd)
}

/** What will not last at its pace, where the window in which that was said goes on. `told` says it already. */
export function fromAlerts(alerts: Listed<typeof alertList>, told: Need[], now: Date): Need[] {
  const known = new Set(told.map(({ id }) => id))
  return alerts.flatMap(({ budgetId, budgetName, runsOutAt, windowEndsAt }) => {
    const over = windowEndsAt !== null && Date.parse(windowEndsAt) <= now.getTime()
    if (known.has(budgetId) || over || runsOutAt === null || Date.parse(runsOutAt) <= now.getTime()) return []
    known.add(budgetId)
    return [
      {
        id: budgetId,
        tone: 'warn' as const,
        text: `The budget ${budgetName} will not last`,
        note: `At its pace it is spent ${day(runsOutAt)}.`,
        at: { to: '/budgets/$budgetId', params: { budgetId } } as const,
      },
    ]
  })
}

export function fromCredentials(
  credentials: Listed<typeof credentialList>,
  nameOf: (id: string) => string,
): Need[] {
  return credentials.flatMap(({ id, providerId, name, state, parked, needsSecret }): Need[] => {
    const at = { to: '/providers' } as const
    const called = `${nameOf(providerId)}/${name}`
    if (needsSecret) {
      return [{ id, tone: 'warn', text: `The credential ${called} needs its secret again`, at }]
    }
    if (state !== 'parked') return []
    const note = parked?.reason ?? ''
    return [{ id, tone: 'bad', text: `The credential ${called} is parked`, note, at }]
  })
}

export function fromProfile({ factors }: Output<typeof profileView>): Need[] {
  if (!factors.password || factors.totp || factors.passkeys > 0) return []
  return [
    {
      id: 'second-factor',
      tone: 'quiet',
      text: 'You sign in with a password alone',
      note: 'Add a passkey, or an app that shows codes.',
      at: { to: '/profile' },
    },
  ]
}

/** The first few, and a line for the rest. */
function few(needs: Need[], rest: (more: number) => Pick<Need, 'text' | 'at'>): Need[] {
  const [first] = needs
  if (first === undefined || needs.length <= SHOWN_EACH + 1) return needs
  const shown = needs.slice(0, SHOWN_EACH)
  const hidden = needs.slice(SHOWN_EACH)
  const tone = byGravity(hidden)[0]?.tone ?? 'quiet'
  return [...shown, { id: `${first.id}-more`, tone, ...rest(hidden.length) }]
}
