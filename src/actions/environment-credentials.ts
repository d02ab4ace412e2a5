import { hash } from 'node:crypto'
import type { Ctx } from '../app.ts'
import { environmentCredentialList, environmentCredentialSet } from '../contract/environment-credentials.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { findCredential } from '../db/credentials.ts'
import { type BindingRow, listBindings, setBindings } from '../db/environment-credentials.ts'
import { findEnvironment, lockEnvironment } from '../db/environments.ts'
import { notify } from '../db/notify.ts'
import { transaction } from '../db/transaction.ts'
import { environmentPlace, ORGANIZATION } from '../domain/place.ts'
import { requireUnarchived } from './archive.ts'
import { audit } from './audit.ts'
import { authorize, visible } from './authorize.ts'
import { invalid } from './invalid.ts'
import { pageOf } from './page.ts'
import { reachAtVersion, requireVersion } from './require-version.ts'

const WHAT = 'set of credentials'

export async function listEnvironmentCredentials(
  ctx: Ctx,
  { params, query }: Valid<typeof environmentCredentialList>,
): Promise<Output<typeof environmentCredentialList>> {
  const found = await findEnvironment(ctx.db, params.environmentId)
  const environment = visible(ctx.actor, 'environment', found, environmentPlace)
  authorize(ctx.actor, environmentCredentialList.permission, environmentPlace(environment))
  const { limit, cursor = '' } = query
  // Read at once, so that the version is of what is listed and of nothing that was set in between.
  const rows = await listBindings(ctx.db, environment.id)
  const after = rows.filter(({ id }) => id > cursor)
  return { ...pageOf(after, limit, presentBinding), version: versionOf(rows) }
}

/**
 * Sets what an environment may call providers with. Credentials are the organization's, so no role in a team
 * helps itself to them.
 */
export async function setEnvironmentCredentials(
  ctx: Ctx,
  { params, body }: Valid<typeof environmentCredentialSet>,
): Promise<Output<typeof environmentCredentialSet>> {
  return transaction(ctx, async (ctx) => {
    const found = await lockEnvironment(ctx.db, params.environmentId)
    const environment = visible(ctx.actor, 'environment', found, environmentPlace)
    const place = { ...ORGANIZATION, production: environmentPlace(environment).production }
    await reachAtVersion(
      ctx,
      WHAT,
      async () => authorize(ctx.actor, environmentCredentialSet.permission, place),
      () => bindingsOf(ctx, environment.id),
    )
    requireUnarchived('environment', environment)
    for (const [index, credentialId] of body.credentialIds.entries()) {
      const known = await findCredential(ctx.db, credentialId)
      const repeated = body.credentialIds.indexOf(credentialId) < index
      if (!known) throw invalid(`/body/credentialIds/${index}`, 'there is no such credential')
      if (repeated) throw invalid(`/body/credentialIds/${index}`, 'given twice')
    }
    const before = await bindingsOf(ctx, environment.id)
    requireVersion(ctx, WHAT, before)
    await setBindings(ctx.db, environment.id, body.credentialIds)
    const after = await bindingsOf(ctx, environment.id)
    const { id: targetId, teamId, projectId } = environment
    await audit(ctx, { action: 'environment-credential.set', targetId, teamId, projectId, before, after })
    await notify(ctx, { topic: 'access' })
    return after
  })
}

async function bindingsOf(ctx: Ctx, environmentId: string): Promise<Output<typeof environmentCredentialSet>> {
  const rows = await listBindings(ctx.db, environmentId)
  return { data: rows.map(presentBinding), version: versionOf(rows) }
}

/**
 * Which set it is, as a number made of what is in it: whatever binds or takes away, the deletion of a credential included,
 * makes another one, and nothing has to be counted for it. 28 bits, so that it is a version like others.
 */
function versionOf(rows: BindingRow[]): number {
  return Number.parseInt(hash('sha256', rows.map(({ id }) => id).join(), 'hex').slice(0, 7), 16)
}

function presentBinding(row: BindingRow): Output<typeof environmentCredentialSet>['data'][number] {
  return { credentialId: row.id, name: row.name, providerId: row.providerId, providerName: row.providerName }
}
