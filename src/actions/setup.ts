import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { type App, type Ctx, type Visit, visitOf } from '../app.ts'
import type { Config } from '../config.ts'
import type { Output, Valid } from '../contract/operation.ts'
import type { setupComplete } from '../contract/setup.ts'
import { setupTokenPath, writeSecret } from '../data-directory.ts'
import { findOrganization, insertOrganization } from '../db/organization.ts'
import { insertSetupLink, lockSetup, useSetupLink } from '../db/setup.ts'
import { transaction } from '../db/transaction.ts'
import { programActor } from '../domain/actor.ts'
import { AppError } from '../domain/errors.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { giveGrant, OWNER } from './grants.ts'
import { viewOrganization } from './organization.ts'
import { setPassword } from './passwords.ts'
import { createToken } from './tokens.ts'
import { createUser } from './users.ts'

export const LINK_VALID_MINUTES = 30

/** Acts before there is anybody who could. */
export const SETUP = programActor('setup', 'setup')

type Owner = { organization: string; email: string; name: string; password?: string | undefined }

/** Sets the installation up for whoever holds the one-time token. There is no such operation once that is done. */
export function completeSetup(
  visit: Visit,
  { body }: Valid<typeof setupComplete>,
): Promise<Output<typeof setupComplete>> {
  const { setupToken, ...owner } = body
  return setUp(visit, holding(setupToken), (ctx) => createOwnerWithToken(ctx, owner))
}

/**
 * The same for an owner who chose a password and is about to be signed in with it: no API token is made, since it would be
 * one that nobody was shown.
 */
export function completeSetupInBrowser(
  visit: Visit,
  { setupToken, ...owner }: Owner & { setupToken: string; password: string },
): Promise<Owned> {
  return setUp(visit, holding(setupToken), (ctx) => createOwner(ctx, owner))
}

/**
 * Sets the installation up from the configuration, the first time only. `keep` gets the owner's token before
 * anything is committed: a token that could not be kept belongs to nobody.
 */
export async function setUpHeadless(
  app: App,
  owner: Owner,
  keep: (secret: string) => void,
): Promise<boolean> {
  if (await isSetUp(app)) return false
  const visit = visitOf(app)
  try {
    await transaction(visit, async (visit) => {
      const { secret } = await setUp(
        visit,
        async () => true,
        (ctx) => createOwnerWithToken(ctx, owner),
      )
      keep(secret)
    })
    return true
  } catch (error) {
    if (await isSetUp(app)) return false
    throw error
  }
}

/** Makes a new one-time token and leaves it where `claviger setup` finds it. Null when there is nothing to set up. */
export async function createSetupToken(app: App): Promise<string | null> {
  if (await isSetUp(app)) {
    forgetSetupToken(app)
    return null
  }
  const token = `cvg_setup_${randomBytes(32).toString('base64url')}`
  await insertSetupLink(app.db, app.keyring.hashSecret(token), LINK_VALID_MINUTES)
  writeSecret(setupTokenPath(app.config.dataDir), token)
  return token
}

/** Asks the database until it says yes, and never again: strangers may ask as often as they like. */
export async function isSetUp({ db, config }: Pick<App, 'db' | 'config'>): Promise<boolean> {
  if (known.has(config)) return true
  const done = (await findOrganization(db)) !== undefined
  if (done) known.add(config)
  return done
}

/** The installations, by their one configuration, that are set up: which is never undone. */
const known = new WeakSet<Config>()

type Allowed = (ctx: Ctx) => Promise<boolean>

/** Whoever holds the token of the link, which is used up by it. */
function holding(setupToken: string): Allowed {
  return (ctx) => useSetupLink(ctx.db, ctx.keyring.hashSecret(setupToken))
}

async function setUp<Made>(visit: Visit, allowed: Allowed, make: (ctx: Ctx) => Promise<Made>): Promise<Made> {
  if (await isSetUp(visit)) throw alreadySetUp()
  const done = await transaction({ ...visit, actor: SETUP }, async (ctx) => {
    await lockSetup(ctx.db)
    if (await isSetUp(ctx)) throw alreadySetUp()
    if (!(await allowed(ctx))) throw new AppError('unauthenticated', BAD_TOKEN)
    return make(ctx)
  })
  forgetSetupToken(visit)
  return done
}

type Owned = Pick<Output<typeof setupComplete>, 'organization' | 'user'>

async function createOwnerWithToken(ctx: Ctx, owner: Owner): Promise<Output<typeof setupComplete>> {
  const owned = await createOwner(ctx, owner)
  const body = { name: 'Owner', role: 'owner', production: true, userId: owned.user.id }
  return { ...owned, ...(await createToken(ctx, { params: {}, query: {}, body })) }
}

async function createOwner(ctx: Ctx, owner: Owner): Promise<Owned> {
  await insertOrganization(ctx.db, { id: newId('org'), name: owner.organization, timeZone: 'UTC' })
  const organization = await viewOrganization(ctx)
  await audit(ctx, { action: 'organization.create', targetId: organization.id, after: organization })
  const body = { email: owner.email, name: owner.name }
  const user = await createUser(ctx, { params: {}, query: {}, body })
  if (owner.password !== undefined) await setPassword(ctx, user.id, owner.password)
  await giveGrant(ctx, { userId: user.id, serviceAccountId: null }, OWNER, { source: 'setup' })
  return { organization, user }
}

function alreadySetUp(): AppError {
  return new AppError('not_found', 'This installation is set up already.')
}

function forgetSetupToken({ config }: Pick<App, 'config'>): void {
  rmSync(setupTokenPath(config.dataDir), { force: true })
}

const BAD_TOKEN =
  `This set-up token is not valid: it is wrong, was used, or is older than ${LINK_VALID_MINUTES} minutes. ` +
  'Restart Claviger to get a new one.'
