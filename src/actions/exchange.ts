import type { Visit } from '../app.ts'
import { wasToldLately } from '../db/audit.ts'
import { findKey } from '../db/keys.ts'
import { findServiceAccount } from '../db/service-accounts.ts'
import { databaseTime } from '../db/time.ts'
import { transaction } from '../db/transaction.ts'
import { listRulesOfIssuer, lockTrustRule, type TrustRuleRow } from '../db/trust-rules.ts'
import { type Actor, nobody } from '../domain/actor.ts'
import { keyStateAt } from '../domain/key-state.ts'
import { type ClaimPatterns, claimsMatch } from '../domain/trust-rule.ts'
import type { Egress } from '../egress.ts'
import {
  type IssuerKeys,
  issuerKeys,
  readUnproved,
  TokenRefused,
  verifyWorkloadToken,
  type WorkloadClaims,
  type WorkloadJwks,
} from '../jwt.ts'
import { outboundFetch } from '../outbound-fetch.ts'
import { audit, auditAlone } from './audit.ts'
import { addSecret } from './key-secrets.ts'
import { OauthRefused } from './oauth-refused.ts'
import { attempt, ipKey, requireUnblocked } from './throttle.ts'

type Exchanged = { secret: string; expiresInSeconds: number }

/** Who asks, as far as it is proved: `rule` is one of those that trust the issuer. */
type Refused = { claims: WorkloadClaims | null; rule: TrustRuleRow | null; forged: boolean }

/**
 * Exchanges a token that a workload has from its own platform for a secret of the key of the one trust rule that it
 * matches. Throws `OauthRefused`, which says no more than that: why is in our log and audit trail, since it would tell a
 * forger what to forge. Or throws `too_many_attempts` at an address from which forged tokens come. Tokens that their
 * issuer did sign do not count there: many workloads share an address, and one that is wrong blocks no other.
 */
export async function exchangeWorkloadToken(visit: Visit, subjectToken: string): Promise<Exchanged> {
  const where = ipKey('exchange', visit.ip)
  await requireUnblocked(visit, where)
  const refused: Refused = { claims: null, rule: null, forged: false }
  try {
    const { rule, claims } = await findTheRule(visit, subjectToken, refused)
    refused.claims = claims
    refused.rule = rule
    return await giveSecret(visit, rule, claims)
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error
    refused.forged = error.forged
    await noteRefusal(visit, refused, error.message)
    if (error.forged) await attempt(visit, [where])
    throw new OauthRefused('invalid_grant', null, { cause: error })
  }
}

type Match = { rule: TrustRuleRow; claims: WorkloadClaims }

async function findTheRule(visit: Visit, token: string, refused: Refused): Promise<Match> {
  const unproved = readUnproved(token)
  refused.claims = unproved
  const rules = await listRulesOfIssuer(visit.db, unproved.iss)
  refused.rule = rules[0] ?? null
  if (rules.length === 0) throw new TokenRefused(`no trust rule in use has the issuer ${unproved.iss}`, true)
  // Only which rules are looked at depends on what is not proved yet: each that matches is proved below.
  const fitting = rules.filter((rule) => claimsMatch(patternsOf(rule), unproved).ok && isFor(rule, unproved))
  const matches: Match[] = []
  let refusal: TokenRefused | null = null
  for (const rule of fitting.length > 0 ? fitting : rules.slice(0, 1)) {
    try {
      matches.push({ rule, claims: await prove(visit, rule, token) })
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error
      refusal = error
    }
  }
  const [match, ...more] = matches
  if (match === undefined) throw refusal ?? new Error('no rule was looked at')
  if (more.length > 0) {
    const ids = matches.map(({ rule }) => rule.id).join(', ')
    throw new TokenRefused(`it matches several trust rules, so none: ${ids}`, false)
  }
  return match
}

async function prove(visit: Visit, rule: TrustRuleRow, token: string): Promise<WorkloadClaims> {
  const { issuer, audience, name } = rule
  // Written only from the contract.
  const jwks = rule.jwks as WorkloadJwks | null
  const discovered = keysFor(visit)
  const claims = await verifyWorkloadToken(token, { issuer, audience, jwks, discovered }, visit.clock())
  const patterns = patternsOf(rule)
  const match = claimsMatch(patterns, claims)
  if (match.ok) return claims
  const is = JSON.stringify(claims[match.failed])?.slice(0, 200) ?? 'missing'
  throw new TokenRefused(
    `its claim ${match.failed} is ${is}; the trust rule "${name}" wants ${JSON.stringify(patterns[match.failed])}`,
    false,
  )
}

/** What a rule trusted while the token was proved holds in the moment in which the secret is made, or none is made. */
async function giveSecret(
  visit: Visit,
  proved: TrustRuleRow,
  { iss, sub }: WorkloadClaims,
): Promise<Exchanged> {
  return transaction({ ...visit, actor: workloadActor(proved) }, async (ctx) => {
    const rule = await lockTrustRule(ctx.db, proved.id)
    if (rule?.version !== proved.version || rule.disabledAt) {
      throw new TokenRefused('its trust rule was changed at the same moment', false)
    }
    const account = await findServiceAccount(ctx.db, rule.serviceAccountId)
    if (!account || account.deactivatedAt) throw new TokenRefused('its service account is deactivated', false)
    const key = await findKey(ctx.db, rule.keyId)
    const now = await databaseTime(ctx.db)
    const state = key ? keyStateAt(key, now) : 'revoked'
    if (state !== 'active') throw new TokenRefused(`the key of its trust rule is ${state}`, false)
    const expiresAt = new Date(now.getTime() + rule.ttlSeconds * 1000)
    const secret = await addSecret(ctx, rule.keyId, rule.environmentKind, expiresAt)
    const { keyId, teamId, projectId } = rule
    const after = {
      trustRuleId: rule.id,
      keyId,
      issuer: iss,
      subject: sub,
      expiresAt: expiresAt.toISOString(),
    }
    await audit(ctx, { action: 'workload.exchange', targetId: rule.id, teamId, projectId, after })
    return { secret, expiresInSeconds: rule.ttlSeconds }
  })
}

/**
 * Says inside why it was refused: always in the log, and in the audit trail once a minute for each workload, or for
 * each address from which tokens come that nobody signed.
 */
async function noteRefusal(visit: Visit, { claims, rule, forged }: Refused, reason: string): Promise<void> {
  const { iss: issuer, sub: subject } = claims ?? {}
  visit.log.warn(
    { requestId: visit.requestId, issuer, subject, trustRuleId: rule?.id, reason },
    'exchange refused',
  )
  const known = !forged && claims !== null
  const id = known ? `${claims.iss} ${claims.sub}`.slice(0, MAX_ACTOR_ID) : 'nobody'
  if (await wasToldLately(visit.db, visit.ip, { action: 'workload.refuse', actorId: id })) return
  const actor: Actor = { ...nobody(), kind: known ? 'workload' : 'nobody', id }
  await auditAlone(
    { ...visit, actor },
    {
      action: 'workload.refuse',
      targetId: rule?.id ?? 'nobody',
      teamId: rule?.teamId ?? null,
      projectId: rule?.projectId ?? null,
      result: 'denied',
      reason: subject === undefined ? reason : `${subject.slice(0, MAX_ACTOR_ID)}: ${reason}`,
    },
  )
}

const MAX_ACTOR_ID = 300

function workloadActor({ serviceAccountId }: TrustRuleRow): Actor {
  return { ...nobody(), kind: 'workload', id: serviceAccountId, serviceAccountId }
}

function patternsOf(rule: TrustRuleRow): ClaimPatterns {
  // Written only from the contract, which lets only text to text through.
  return rule.claims as ClaimPatterns
}

function isFor({ audience }: TrustRuleRow, { aud }: WorkloadClaims): boolean {
  return [aud].flat().includes(audience)
}

const discoveredBy = new WeakMap<Egress, IssuerKeys>()

/** What issuers publish is read once for the whole process. */
function keysFor({ egress, clock }: Visit): IssuerKeys {
  const known = discoveredBy.get(egress)
  if (known) return known
  const keys = issuerKeys(outboundFetch(egress), clock)
  discoveredBy.set(egress, keys)
  return keys
}
