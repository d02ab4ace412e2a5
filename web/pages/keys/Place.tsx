import type { keyView } from '../../../src/contract/keys.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { EnvironmentBadge } from '../../ui/Status.tsx'
import classes from './keys.module.css'

export type Key = Output<typeof keyView>
export type NameOf = (id: string | null | undefined) => string

/** Where a key works: its project, and what kind of environment. */
export function Place({ of, nameOf }: { of: Key; nameOf: NameOf }) {
  return (
    <span className={classes.stacked}>
      {nameOf(of.projectId)}
      <EnvironmentBadge kind={of.environmentKind} />
    </span>
  )
}

/** The ids of which a key's lines say the names. */
export function namedIn(keys: Key[]): (string | null)[] {
  return keys.flatMap(({ teamId, projectId, environmentId, userId, serviceAccountId }) => [
    teamId,
    projectId,
    environmentId,
    userId,
    serviceAccountId,
  ])
}

/** The secret that works now, as far as it may be shown. */
export function hintOf({ secrets }: Key): string {
  return secrets[0]?.hint ?? 'no secret yet'
}
