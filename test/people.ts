import { setPassword } from '../src/actions/passwords.ts'
import { actorForThemselves } from '../src/actions/sessions.ts'
import { offerTotp, showOffer, takeOffer } from '../src/actions/totp.ts'
import { createUser } from '../src/actions/users.ts'
import { transaction } from '../src/db/transaction.ts'
import type { TestApp } from './app.ts'
import { totpCode } from './totp.ts'

export const PASSWORD = 'seven quiet herons by the weir'

let people = 0

/** Somebody new who signs in with the password above. */
export async function newPerson(app: TestApp, name = 'Ada'): Promise<{ userId: string; email: string }> {
  people += 1
  const email = `person-${people}@example.com`
  const { id: userId } = await createUser(app.as(), { params: {}, query: {}, body: { email, name } })
  await setPassword(app.as(), userId, PASSWORD)
  return { userId, email }
}

/** Gives them an authenticator app, of which no code was used yet but the last one. */
export async function addTotpApp(
  app: TestApp,
  person: { userId: string },
): Promise<{ secret: string; recoveryCodes: string[] }> {
  const ctx = app.as(actorForThemselves('sgn_test', person))
  return transaction(ctx, async (ctx) => {
    await offerTotp(ctx, person.userId)
    const { secret } = await showOffer(ctx, person.userId)
    const recoveryCodes = await takeOffer(ctx, person.userId, totpCode(secret, { stepsAhead: -1 }))
    return { secret, recoveryCodes }
  })
}
