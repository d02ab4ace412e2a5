import type { Ctx } from '../app.ts'
import { findOwnership } from '../db/ownership.ts'
import { AppError, type FieldError } from '../domain/errors.ts'

/** What a key must say of itself. */
export type DescribedKey = {
  purpose?: string | null | undefined
  application?: string | null | undefined
  tags: Readonly<Record<string, string>>
}

/** Refuses a key that says less of itself than the organization asks for, and names all that is missing. */
export async function requireOwnership(ctx: Ctx, key: DescribedKey): Promise<void> {
  const settings = await findOwnership(ctx.db)
  const missing: FieldError[] = []
  if (settings.requirePurpose && !key.purpose) {
    missing.push({ pointer: '/body/purpose', detail: 'say what the key is for' })
  }
  if (settings.requireApplication && !key.application) {
    missing.push({ pointer: '/body/application', detail: 'say which application uses the key' })
  }
  for (const tag of settings.requiredTags.filter((tag) => !key.tags[tag])) {
    missing.push({ pointer: `/body/tags/${tag}`, detail: `give the key the tag "${tag}"` })
  }
  if (missing.length === 0) return
  const said = missing.map(({ detail }) => detail).join('; ')
  throw new AppError('invalid_request', `Your organization asks for more about keys: ${said}.`, {
    errors: missing,
  })
}
