import { AppError } from '../domain/errors.ts'
import { parseMoment } from '../domain/moment.ts'

/** The time from `from` up to `to`, both as people write them (`-30d`, `now`); what is absent stays open. */
export function readRange<From extends string | undefined, To extends string | undefined>(
  from: From,
  to: To,
  now: Date,
): { from: Read<From>; to: Read<To> } {
  const range = { from: read(from, now), to: read(to, now) }
  if (range.from && range.to && range.from >= range.to) {
    throw new AppError('invalid_request', '"from" must be before "to".', {
      errors: [{ pointer: '/query/from', detail: 'not before "to"' }],
    })
  }
  // `read` answers undefined exactly for undefined.
  return range as { from: Read<From>; to: Read<To> }
}

type Read<Text> = Text extends string ? Date : undefined

function read(text: string | undefined, now: Date): Date | undefined {
  // The contract has checked the form: null does not occur.
  return text === undefined ? undefined : (parseMoment(text, now) ?? undefined)
}
