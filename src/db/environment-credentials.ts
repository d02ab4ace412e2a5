import type { Db } from '../app.ts'

export type BindingRow = { id: string; name: string; providerId: string; providerName: string }

/** The credentials an environment is bound to, all of them (`MOST_BINDINGS`), in order of their creation. */
export function listBindings(db: Db, environmentId: string): Promise<BindingRow[]> {
  return db
    .selectFrom('environmentCredentials')
    .innerJoin('credentials', 'credentials.id', 'environmentCredentials.credentialId')
    .innerJoin('providers', 'providers.id', 'credentials.providerId')
    .select([
      'credentials.id',
      'credentials.name',
      'providers.id as providerId',
      'providers.name as providerName',
    ])
    .where('environmentCredentials.environmentId', '=', environmentId)
    .orderBy('credentials.id')
    .execute()
}

/** Binds the environment to these credentials and no others. */
export async function setBindings(db: Db, environmentId: string, credentialIds: string[]): Promise<void> {
  await db.deleteFrom('environmentCredentials').where('environmentId', '=', environmentId).execute()
  if (credentialIds.length === 0) return
  const rows = credentialIds.map((credentialId) => ({ environmentId, credentialId }))
  await db.insertInto('environmentCredentials').values(rows).execute()
}

/** Binds a new environment to the demo provider's credentials, so that its first key works without any secret. */
export async function bindDemoCredentials(db: Db, environmentId: string): Promise<void> {
  await db
    .insertInto('environmentCredentials')
    .columns(['environmentId', 'credentialId'])
    .expression((eb) =>
      eb
        .selectFrom('credentials')
        .innerJoin('providers', 'providers.id', 'credentials.providerId')
        .select((eb) => [eb.val(environmentId).as('environmentId'), 'credentials.id as credentialId'])
        .where('providers.kind', '=', 'demo')
        .where('providers.archivedAt', 'is', null),
    )
    .execute()
}
