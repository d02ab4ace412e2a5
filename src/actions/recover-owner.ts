import { existsSync, rmSync } from 'node:fs'
import { type App, type Ctx, visitOf } from '../app.ts'
import { ConfigError } from '../config.ts'
import { writeSecret } from '../data-directory.ts'
import { findOwner } from '../db/owners.ts'
import { lockSetup } from '../db/setup.ts'
import { transaction } from '../db/transaction.ts'
import { openToEveryAddress } from './security.ts'
import { SETUP } from './setup.ts'
import { createToken } from './tokens.ts'

/**
 * The way back for an owner whose token is lost: who starts the server with the path of a file that is not there
 * gets a new token in it, which is taken from every address. Does nothing while the file is there. Returns whether it made one.
 */
export async function recoverOwner(
  app: App,
  { email, tokenFile }: { email: string; tokenFile: string },
): Promise<boolean> {
  const start: Ctx = { ...visitOf(app), actor: SETUP }
  let written = false
  try {
    await transaction(start, async (ctx) => {
      await lockSetup(ctx.db)
      if (existsSync(tokenFile)) return
      const owner = await findOwner(ctx.db, email)
      if (!owner) throw new ConfigError(notAnOwner(email, tokenFile))
      const body = { name: 'Owner', role: 'owner', production: true, userId: owner.id }
      await openToEveryAddress(ctx)
      const { secret } = await createToken(ctx, { params: {}, query: {}, body })
      writeSecret(tokenFile, secret)
      written = true
    })
  } catch (error) {
    // A token that was never committed opens nothing, and its file would keep the next start from making one.
    if (written) rmSync(tokenFile, { force: true })
    throw error
  }
  return written
}

function notAnOwner(email: string, tokenFile: string): string {
  return (
    `CLAVIGER_SETUP_EMAIL: ${JSON.stringify(email)} is not an active owner of this installation, so no token is made ` +
    `in ${tokenFile}, where there is none. Name an owner, or remove the variables CLAVIGER_SETUP_*.`
  )
}
