import type { Permission } from './permission.ts'
import { EVERY_PERMISSION, type RoleId } from './roles.ts'

/** Where a role is held. */
export type GrantScope =
  | { type: 'organization' }
  | { type: 'team'; teamId: string }
  | { type: 'project'; teamId: string; projectId: string }

/** One thing somebody may do: a role, at a scope, in production or not, until an end. */
export type Reach = {
  scope: GrantScope
  roleId: RoleId
  permissions: ReadonlySet<Permission>
  production: boolean
  endsAt: Date | null
}

/** Any one of these is enough. An empty layer allows nothing. */
export type Layer = readonly Reach[]

/** Who is doing this. There is no anonymous actor: an operation without sign-in gets none at all. */
export type Actor = {
  kind: 'session' | 'token' | 'workload' | 'job' | 'setup' | 'nobody'
  id: string
  userId: string | null
  serviceAccountId: string | null
  /**
   * All must allow: the grants of the person or service account, and before them what the API token narrows them
   * to. Never empty, since no layer would mean no refusal.
   */
  layers: readonly [Layer, ...Layer[]]
  /** Whose own things it may act on: sessions and tokens without a role of their own. */
  self: string | null
  sessionId: string | null
  /** How the person signed in: pwd, otp, passkey, sso. */
  methods: readonly string[]
  /** Whether this request must be, or was, confirmed by the person once more. Programs confirm nothing. */
  stepUp: 'none' | 'needed' | 'confirmed'
  stepUpId: string | null
}

/** The program itself: a job, or the set-up of an installation that nobody owns yet. */
export function programActor(kind: 'job' | 'setup', id: string): Actor {
  const everything: Reach = {
    scope: { type: 'organization' },
    roleId: 'owner',
    permissions: EVERY_PERMISSION,
    production: true,
    endsAt: null,
  }
  return {
    kind,
    id,
    userId: null,
    serviceAccountId: null,
    layers: [[everything]],
    self: null,
    sessionId: null,
    methods: [],
    stepUp: 'none',
    stepUpId: null,
  }
}

/** Somebody of whom nothing is proved: they may do nothing but what they are doing. */
export function nobody(): Actor {
  return { ...programActor('job', 'nobody'), kind: 'nobody', layers: [[]] }
}
