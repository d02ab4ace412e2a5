import type { accessRequestView } from '../../../src/contract/access-requests.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { ASKS_FOR, type RequestState, type Terms } from '../../../src/domain/access-request.ts'
import { ago, count, day, moment, usd } from '../../format.ts'
import type { Tone } from '../../ui/Status.tsx'

export type Found = Output<typeof accessRequestView>
export type Request = Found['request']
export type Event = Found['events'][number]

export const STATE: Record<RequestState, { tone: Tone; text: string }> = {
  pending: { tone: 'waiting', text: 'waiting' },
  approved: { tone: 'good', text: 'approved' },
  denied: { tone: 'bad', text: 'denied' },
  withdrawn: { tone: 'quiet', text: 'withdrawn' },
  lapsed: { tone: 'quiet', text: 'lapsed' },
  ended: { tone: 'quiet', text: 'ended' },
}

export function titleOf({ requester, kind }: Request): string {
  return `${requester.name} asks for ${ASKS_FOR[kind]}`
}

/** What an approver left of it, or else what was asked for. */
export function termsInForce({ terms, narrowed }: Request): Terms {
  return { ...terms, ...narrowed }
}

/** The terms, name by name. */
export function termFacts(terms: Terms): { label: string; value: string }[] {
  const { name, purpose, role, models, addUsd, addRequestsPerMinute, addTokensPerMinute, expiresAt } = terms
  const facts: [string, string | undefined][] = [
    ['Name of the key', name],
    ['What it is for', purpose],
    ['Role', role],
    ['Models', models?.join(', ')],
    ['More money', addUsd === undefined ? undefined : `${usd(addUsd)} in each period`],
    ['More calls', perMinute(addRequestsPerMinute)],
    ['More tokens', perMinute(addTokensPerMinute)],
    ['New end of the key', expiresAt === undefined ? undefined : moment(expiresAt)],
  ]
  return facts.flatMap(([label, value]) => (value === undefined ? [] : [{ label, value }]))
}

/** The same in a few words, for a list. */
export function termsInShort(terms: Terms): string {
  const { name, role, models, addUsd, addRequestsPerMinute, addTokensPerMinute, expiresAt } = terms
  const parts = [
    name,
    role,
    models?.join(', '),
    addUsd === undefined ? undefined : `${usd(addUsd)} more`,
    addRequestsPerMinute === undefined ? undefined : `${count(addRequestsPerMinute)} calls a minute more`,
    addTokensPerMinute === undefined ? undefined : `${count(addTokensPerMinute)} tokens a minute more`,
    expiresAt === undefined ? undefined : `until ${day(expiresAt)}`,
  ]
  return parts.filter((part) => part !== undefined).join(', ')
}

/** The answer that most come for: how it stands, and what happens next. */
export function standing(
  { state, approvals: { needed, given }, until, decidedAt, endedAt, effects }: Request,
  mayDecide: boolean,
): string {
  const when = decidedAt === null ? '' : ` ${ago(decidedAt)}`
  switch (state) {
    case 'pending': {
      const left = needed - given
      if (needed === 1) return mayDecide ? 'It takes one approval: yours gives it.' : 'It takes one approval.'
      const takes = `It takes ${needed} approvals, and has ${given === 0 ? 'none' : given}.`
      return mayDecide
        ? `${takes} Yours ${left === 1 ? 'is the last, and gives it' : 'is one of them'}.`
        : takes
    }
    case 'approved': {
      const gave = (effects ?? []).length > 0
      const ends = until === null ? 'What it gave has no end.' : `What it gave ends ${ago(until)}.`
      return `Approved${when}. ${gave ? ends : ''}`.trim()
    }
    case 'denied':
      return `Denied${when}. Nothing was given.`
    case 'withdrawn':
      return `Taken back by who asked${when}. Nothing was given.`
    case 'lapsed':
      return `Nobody decided in time, so it lapsed${when}. Nothing was given.`
    case 'ended':
      return `What it gave was taken back${endedAt === null ? '' : ` ${ago(endedAt)}`}.`
  }
}

/** Said in the list of what happened: "approved it". Null is by itself. */
export const HAPPENED: Record<Event['kind'], string> = {
  comment: 'said',
  approve: 'approved it',
  deny: 'denied it',
  narrow: 'left less of it',
  withdraw: 'took it back',
  lapse: 'lapsed, since nobody decided',
  end: 'ended what it gave',
}

function perMinute(more: number | undefined): string | undefined {
  return more === undefined ? undefined : `${count(more)} a minute`
}
