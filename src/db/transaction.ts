import { sql } from 'kysely'
import type { Db } from '../app.ts'
import { AppError } from '../domain/errors.ts'

/**
 * Runs `work` in one transaction and hands it the same context with the transaction as its `db`, under the same
 * name on purpose: it hides the outer one. Within a transaction it joins it.
 */
export async function transaction<C extends { db: Db }, T>(ctx: C, work: (ctx: C) => Promise<T>): Promise<T> {
  if (ctx.db.isTransaction) return work(ctx)
  try {
    return await ctx.db.transaction().execute((db) => work({ ...ctx, db }))
  } catch (error) {
    throw conflict(error) ?? error
  }
}

/** Within a transaction: undoes what `work` did, and nothing else, when it throws. */
export async function undoneOnError<C extends { db: Db }, T>(
  ctx: C,
  work: (ctx: C) => Promise<T>,
): Promise<T> {
  await sql`savepoint undone_on_error`.execute(ctx.db)
  try {
    const result = await work(ctx)
    await sql`release savepoint undone_on_error`.execute(ctx.db)
    return result
  } catch (error) {
    await sql`rollback to savepoint undone_on_error`.execute(ctx.db)
    throw conflict(error) ?? error
  }
}

/** What each unique constraint means to the person who ran into it. */
const TAKEN: Record<string, string> = {
  organization_singleton_key: 'This installation is set up already.',
  teams_name_key: 'There is already a team with this name.',
  projects_team_id_name_key: 'The team already has a project with this name.',
  environments_project_id_name_key: 'The project already has an environment with this name.',
  users_email_key: 'There is already a user with this e-mail address.',
  service_accounts_project_id_name_key: 'The project already has a service account with this name.',
  keys_environment_id_name_key: 'The environment already has a key with this name.',
  providers_name_key: 'There is already a provider with this name.',
  credentials_provider_id_name_key: 'The provider already has a credential with this name.',
  credentials_fingerprint_key: 'This secret is stored already, as another credential.',
  models_name_key: 'There is already a model with this name.',
  roles_name_key: 'There is already a role with this name.',
  grants_live_key: 'They hold this role here already.',
  findings_open_key: 'This finding is open already.',
  invitations_open_key: 'There is already an open invitation for this address.',
  totp_factors_user_id_key: 'There is already an authenticator app.',
  passkeys_credential_id_key: 'This passkey is registered already.',
  connections_name_key: 'There is already a connection with this name.',
  connection_domains_pkey: 'Another connection has this domain already.',
  connection_mappings_key: 'The connection has this mapping already.',
  identities_subject_key: 'This identity is connected to somebody already.',
  trust_rules_name_key: 'The service account already has a trust rule with this name.',
  access_request_approvals_key: 'You have approved this request already.',
  documents_shipped_key: 'This module is there already.',
  document_versions_document_id_number_key:
    'Somebody else published a version at the same time. Look at it again.',
  audit_sinks_target_key: 'The audit trail is sent there already.',
  channels_name_key: 'There is already a channel with this name.',
}

const FOREIGN_KEY_VIOLATION = '23503'
const UNIQUE_VIOLATION = '23505'

function conflict(error: unknown): AppError | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  if (error.code === FOREIGN_KEY_VIOLATION) {
    const message =
      'Something this belongs to was changed by somebody else at the same time. Look at it again.'
    return new AppError('conflict', message, { cause: error })
  }
  if (error.code !== UNIQUE_VIOLATION) return null
  const message = 'constraint' in error ? TAKEN[String(error.constraint)] : undefined
  return message === undefined ? null : new AppError('conflict', message, { cause: error })
}
