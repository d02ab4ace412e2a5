import { z } from 'zod'
import { ID } from '../domain/id.ts'
import { parseMoment } from '../domain/moment.ts'
import { parseUsd } from '../domain/money.ts'
import { ENVIRONMENT_KINDS, SCOPE_TYPES } from '../domain/scope.ts'

/** Fields that several nouns share. */

export const Id = z.string().regex(ID, 'expected an id such as key_01JD…')

/** A name people read: any script, no control characters, no leading or trailing blanks. */
export const Name = z
  .string()
  .min(1, 'expected a text that is not empty')
  .max(120, 'expected at most 120 characters')
  .regex(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses.
    /^(?!\s)[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*(?<!\s)$/u,
    'expected text without control characters or outer blanks',
  )

/** A short handle that appears in model names and policies: `openai`, `groq-eu`. */
export const Slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'expected lower-case letters, digits and dashes')

/** A decimal of USD as text, exact to nine decimals: `"25"`, `"0.000125"`. */
export const Usd = z
  .string()
  .refine((text) => parseUsd(text) !== null, 'expected an amount of USD such as "25" or "0.000125"')
  .describe('an amount of USD such as 25 or 0.000125')

export const Timestamp = z.iso.datetime({ offset: true })

/** A moment, absolute or before now; what can be written is in `domain/moment.ts`. */
export const Moment = z
  .string()
  .refine(
    (text) => parseMoment(text, new Date(0)) !== null,
    'expected "now", "-30d", "-24h" or a time such as 2026-11-01T00:00:00Z',
  )
  .describe('a time such as 2026-11-01, now or -30d')

/** A name of the IANA time zone database. Offsets are refused: PostgreSQL reads their sign the other way round. */
export const TimeZone = z
  .string()
  .max(64)
  .regex(/^[A-Za-z][A-Za-z0-9_+\-/]*$/)
  .refine(isTimeZone, 'expected a time zone such as "UTC" or "Europe/Berlin"')

export const ScopeType = z.enum(SCOPE_TYPES)
export const ScopeSchema = z.strictObject({ type: ScopeType, id: Id })
/** Of a rule at an organization, a team or a project. */
export const PerMember = z
  .boolean()
  .default(false)
  .describe('for each user who owns a key there, over all of their keys there')

export const EnvironmentKind = z.enum(ENVIRONMENT_KINDS)

export const Tags = z
  .record(z.string().regex(/^[a-z0-9_.-]{1,40}$/), z.string().max(120))
  .refine((tags) => Object.keys(tags).length <= 20, 'at most 20 tags')

/** How every list is paged: newest last, `cursor` from the previous page's `nextCursor`. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
}

/** What a person looks for, in lists that can be searched. `found` says in what. */
export function search(found: string) {
  return z.string().trim().min(1).max(120).optional().describe(`only what has this as ${found}`)
}

export function page<Item extends z.ZodType>(item: Item) {
  return z.object({ data: z.array(item), nextCursor: z.string().nullable() })
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== null
  } catch {
    return false
  }
}

/** Whether something may be done, and if not, why: said to who would do it. */
export const Verdict = z.union([z.literal(true), z.object({ reason: z.string() })])
