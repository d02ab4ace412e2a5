import type { z } from 'zod'
import { type AccessRequest, accessRequestApprove } from '../../contract/access-requests.ts'
import type { Valid } from '../../contract/operation.ts'
import type { Narrowing, Terms } from '../../domain/access-request.ts'
import { AppError } from '../../domain/errors.ts'
import { field } from './form.ts'
import type { Markup } from './layout.ts'

type Request = z.output<typeof AccessRequest>
type Term = {
  name: keyof Narrowing
  label: string
  type?: 'datetime-local'
  hint?: string
  /** As the form shows it; undefined when the request does not say it and cannot. */
  shown(terms: Terms, kind: Request['kind']): string | undefined
  read(text: string): unknown
}

/** What an approver may make smaller, and how it is written in a form. */
const TERMS: Term[] = [
  {
    name: 'role',
    label: 'Role',
    hint: 'A viewer may do less than a builder.',
    shown: ({ role }) => role,
    read: (text) => text,
  },
  {
    name: 'models',
    label: 'Models',
    hint: 'With commas between them.',
    shown: ({ models }) => models?.join(', '),
    read: (text) => text.split(/[\s,]+/).filter(Boolean),
  },
  { name: 'addUsd', label: 'USD more', shown: ({ addUsd }) => addUsd, read: (text) => text },
  {
    name: 'addRequestsPerMinute',
    label: 'Calls a minute more',
    shown: ({ addRequestsPerMinute: rate }) => rate?.toString(),
    read: Number,
  },
  {
    name: 'addTokensPerMinute',
    label: 'Tokens a minute more',
    shown: ({ addTokensPerMinute: rate }) => rate?.toString(),
    read: Number,
  },
  {
    name: 'until',
    label: 'Until (UTC)',
    type: 'datetime-local',
    // What was asked for without an end can be given one.
    shown: ({ until }, kind) => (kind === 'expiry' ? undefined : until === undefined ? '' : minuteOf(until)),
    read: timeOf,
  },
  {
    name: 'expiresAt',
    label: 'The key ends (UTC)',
    type: 'datetime-local',
    shown: ({ expiresAt }) => (expiresAt === undefined ? undefined : minuteOf(expiresAt)),
    read: timeOf,
  },
]

export const NARROW_FIELDS = TERMS.map(({ name }) => name)

/** The terms of a request, each in a field, to be made smaller. */
export function narrowFields(request: Request): Markup[] {
  return shownTerms(request).map(({ name, label, type, hint, value }) =>
    field({
      name,
      label,
      value,
      autocomplete: 'off',
      optional: true,
      ...(type && { type }),
      ...(hint && { hint }),
    }),
  )
}

/** What an approver changed in those fields: the rest is as it was asked for. Throws `invalid_request`. */
export function readNarrowing(
  request: Request,
  fields: Record<string, string>,
): Valid<typeof accessRequestApprove>['body'] {
  const changed = shownTerms(request).flatMap(({ name, value, read }) => {
    const text = (fields[name] ?? '').trim()
    return text === '' || text === value ? [] : [[name, read(text)] as const]
  })
  const parsed = accessRequestApprove.body?.safeParse(Object.fromEntries(changed))
  if (parsed?.success) return parsed.data
  throw new AppError('invalid_request', 'This is not written as it must be.', {
    errors: (parsed?.error.issues ?? []).map(({ path: [name], message }) => ({
      pointer: `/body/${String(name)}`,
      detail: message,
    })),
  })
}

/** What is wrong, with the name of its field; undefined when it is none of them. */
export function narrowProblem({ errors }: AppError): string | undefined {
  const [problem] = errors.flatMap(({ pointer, detail }) => {
    const term = TERMS.find(({ name }) => pointer.split('/')[2] === name)
    return term ? [`${term.label}: ${detail}.`] : []
  })
  return problem
}

function shownTerms({ kind, terms, narrowed }: Request): (Term & { value: string })[] {
  const inForce = { ...terms, ...narrowed }
  return TERMS.flatMap((term) => {
    const value = term.shown(inForce, kind)
    return value === undefined ? [] : [{ ...term, value }]
  })
}

/** `2099-05-01T10:00:00.000Z` as browsers write it in such a field. */
function minuteOf(time: string): string {
  return new Date(time).toISOString().slice(0, 16)
}

function timeOf(text: string): string {
  return `${text}:00Z`
}
