import type { Role } from './permission.ts'

/** Who is doing this. There is no anonymous actor: an operation without sign-in gets none at all. */
export type Actor =
  | {
      kind: 'token'
      id: string
      userId: string
      role: Role
      /** Null reaches the whole organization; otherwise this team and what is below it. */
      teamId: string | null
    }
  | { kind: 'job' | 'setup'; id: string; userId: null; role: 'owner'; teamId: null }
