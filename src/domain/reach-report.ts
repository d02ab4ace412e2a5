import { decide } from './access.ts'
import type { Actor } from './actor.ts'
import { CONFIDENTIAL, environmentPlace } from './place.ts'
import type { EnvironmentKind } from './scope.ts'

type Environment = { id: string; projectId: string; teamId: string; kind: EnvironmentKind }

/** The environments in which this person may call the gateway, or make something that does. */
export function reachableEnvironments<E extends Environment>(person: Actor, environments: readonly E[]): E[] {
  return environments.filter((environment) =>
    (['key:use', 'key:create', 'key:rotate'] as const).some(
      (permission) => decide(person, permission, environmentPlace(environment)).allowed,
    ),
  )
}

/**
 * Whether this person may know the secrets of the credentials: they were let type them in. Nobody reads one back, so
 * who could not know none.
 */
export function mayKnowCredentials(person: Actor): boolean {
  return (['credential:create', 'credential:update'] as const).some(
    (permission) => decide({ ...person, stepUp: 'none' }, permission, CONFIDENTIAL).allowed,
  )
}
