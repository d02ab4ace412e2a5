import { createDemoProvider } from './actions/demo.ts'
import { recoverOwner } from './actions/recover-owner.ts'
import { createSetupToken, LINK_VALID_MINUTES, setUpHeadless } from './actions/setup.ts'
import { addShippedModule } from './actions/shipped-module.ts'
import type { App } from './app.ts'
import { writeSecret } from './data-directory.ts'

export type FirstRun = {
  /** True when this start connected the demo provider. */
  demoConnected: boolean
  setup:
    | { state: 'done' }
    /** Just set up from the configuration. */
    | { state: 'headless' }
    /** Was set up, and has just made its owner a new token: the one there was is lost. */
    | { state: 'recovered' }
    /** Nobody owns this installation yet: whoever holds the token becomes its owner. */
    | { state: 'open'; token: string; validMinutes: number }
}

/** What every installation has: the demo provider, the training, and a way to set it up. Safe to repeat. */
export async function firstRun(app: App): Promise<FirstRun> {
  await addShippedModule(app)
  return { demoConnected: await createDemoProvider(app), setup: await prepareSetup(app) }
}

async function prepareSetup(app: App): Promise<FirstRun['setup']> {
  const { organization, email, name, tokenFile } = app.config.setup
  if (organization && email && tokenFile) {
    const owner = { organization, email: email.toLowerCase(), name: name ?? email }
    const now = await setUpHeadless(app, owner, (secret) => writeSecret(tokenFile, secret))
    if (now) return { state: 'headless' }
    return { state: (await recoverOwner(app, { email: owner.email, tokenFile })) ? 'recovered' : 'done' }
  }
  const token = await createSetupToken(app)
  return token === null ? { state: 'done' } : { state: 'open', token, validMinutes: LINK_VALID_MINUTES }
}
