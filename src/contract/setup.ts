import { z } from 'zod'
import { Name } from './fields.ts'
import { operation } from './operation.ts'
import { Organization } from './organization.ts'
import { NewPassword } from './profile.ts'
import { Token } from './tokens.ts'
import { Email, User } from './users.ts'

/** What an installation is told once: who it is for, and who owns it. */
const SetupForm = z.strictObject({ organization: Name, email: Email, name: Name })

const definition = operation({
  name: 'setupComplete',
  method: 'POST',
  path: '/v1/setup',
  summary: 'Set up a new installation: its organization, its owner and the owner’s API token. Works once',
  permission: null,
  body: SetupForm.extend({
    password: NewPassword.optional().describe('for the owner to sign in with in a browser'),
    setupToken: z
      .string()
      .max(200)
      .meta({ description: 'From the one-time link that the server printed when it started' }),
  }),
  response: z.object({
    organization: Organization,
    user: User,
    token: Token,
    secret: z.string().meta({ secret: true, description: 'The owner’s API token' }),
  }),
  examples: ['claviger setup --organization Acme --email ada@example.com --name "Ada Lovelace"'],
})

/** The one operation for people whom nobody knows yet: the set-up token is all they need. */
export const setupComplete = { ...definition, permission: null }
