import { AppError, type ErrorCode } from './errors.ts'
import { type IpRange, ipAllowed, parseIpAllowlist } from './ip-allowlist.ts'
import { type KeyValidity, keyRefusal } from './key-state.ts'
import type { Policy } from './policy.ts'
import type { Scope } from './scope.ts'

/** All that decides whether a key may be used at all, as it stood at one moment. */
export type KeyInUse = KeyValidity & {
  /** Set once the secret was replaced: the end of its grace period. */
  secretExpiresAt: Date | null
  /** The first thing above the key that is archived or deactivated. */
  closedParent: 'environment' | 'project' | 'team' | 'owner' | null
  /** How long its owner may use keys there: `none`, until a moment, or null for as long as nobody changes it. */
  access: 'none' | Date | null
  policies: readonly Policy[]
}

/** Why a call with this key may not go on at `now`, apart from where it comes from; null when it may. */
export function keyUseRefusal(key: KeyInUse, now: Date): AppError | null {
  if (key.closedParent !== null) {
    return new AppError('key_suspended', `The ${key.closedParent} of this key is not active any more.`)
  }
  // What is said of the key itself comes first: one that was given for a while ends together with its owner's role.
  const refused = keyRefusal(key, now)
  if (refused) return new AppError(refused, STATE_MESSAGES[refused] ?? 'This key may not be used.')
  if (key.access === 'none' || (key.access !== null && key.access <= now)) {
    return new AppError('key_suspended', 'The owner of this key has no access to this project any more.')
  }
  if (key.secretExpiresAt && key.secretExpiresAt <= now) {
    return new AppError(
      'key_expired',
      'This secret was replaced, and its grace period is over. Use the new one.',
    )
  }
  return null
}

/** Why a key may not be used from `ip`; null when every list that is enforced has it. */
export function addressRefusal(key: Pick<KeyInUse, 'policies'>, ip: string | null): AppError | null {
  for (const { ranges, enforced, scope } of allowlistsOf(key.policies)) {
    if (!enforced || isListed(ranges, ip)) continue
    return new AppError('ip_not_allowed', `This key may not be used from ${ip ?? 'an unknown address'}.`, {
      rule: { limit: 'policy', scope: scope.type, scope_id: scope.id },
    })
  }
  return null
}

/** The scopes whose lists only watch, and would have refused `ip`. */
export function watchedOutside(key: Pick<KeyInUse, 'policies'>, ip: string | null): readonly Scope[] {
  const lists = allowlistsOf(key.policies)
  if (lists.length === 0) return NO_SCOPES
  return lists.filter(({ ranges, enforced }) => !enforced && !isListed(ranges, ip)).map(({ scope }) => scope)
}

function isListed(ranges: readonly IpRange[], ip: string | null): boolean {
  return ip !== null && ipAllowed(ranges, ip)
}

const STATE_MESSAGES: Partial<Record<ErrorCode, string>> = {
  key_suspended: 'This key is suspended.',
  key_revoked: 'This key was revoked.',
  key_expired: 'This key has expired.',
  key_not_yet_valid: 'This key is not valid yet.',
}

type Allowlist = { ranges: IpRange[]; enforced: boolean; scope: Scope }

const NO_SCOPES: readonly Scope[] = []
const NO_LISTS: Allowlist[] = []
const allowlists = new WeakMap<readonly Policy[], Allowlist[]>()

/** Read once for each snapshot of a key: calls ask for them one after the other. */
function allowlistsOf(policies: readonly Policy[]): Allowlist[] {
  let known = allowlists.get(policies)
  if (!known) {
    known = policies.flatMap(({ ipAllowlist, ipMode, scope }) =>
      ipAllowlist ? [{ ranges: parseIpAllowlist(ipAllowlist), enforced: ipMode === 'enforce', scope }] : [],
    )
    allowlists.set(policies, known.length > 0 ? known : NO_LISTS)
  }
  return known
}
