import { randomBytes } from 'node:crypto'
import { type App, type Ctx, visitOf } from '../app.ts'
import { hasDemoProvider, lockSetup } from '../db/setup.ts'
import { transaction } from '../db/transaction.ts'
import { createCredential } from './credentials.ts'
import { createProvider } from './providers.ts'
import { SETUP } from './setup.ts'

/**
 * Connects the demo provider, the first time: it answers without a network, and new environments may use it.
 * Returns whether it did.
 */
export async function createDemoProvider(app: App): Promise<boolean> {
  const first: Ctx = { ...visitOf(app), actor: SETUP }
  return transaction(first, async (ctx) => {
    await lockSetup(ctx.db)
    if (await hasDemoProvider(ctx.db)) return false
    const nothing = { params: {}, query: {} }
    const provider = await createProvider(ctx, {
      ...nothing,
      body: { name: 'demo', kind: 'demo' },
    })
    const secret = `demo-${randomBytes(16).toString('hex')}`
    const body = { providerId: provider.id, name: 'demo', secret, weight: 1 }
    await createCredential(ctx, { ...nothing, body })
    return true
  })
}
