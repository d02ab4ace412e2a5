import { canonicalEmail } from './email-address.ts'

/** What an identity provider says of somebody, as it came out of a proved token. */
export type Claims = Readonly<Record<string, unknown>>

export type Mapping = {
  claim: string
  value: string
  roleId: string
  teamId: string | null
  projectId: string | null
  production: boolean
}

export type MappedGrant = Pick<Mapping, 'roleId' | 'teamId' | 'projectId' | 'production'>

/** Members of a list that are looked at. Somebody in more groups has the roles of these. */
const MAX_MEMBERS = 1000
const MAX_TEXT = 1000

/** The grants that these claims give: each once, in the order of the mappings. */
export function mappedGrants(mappings: readonly Mapping[], claims: Claims): MappedGrant[] {
  const given = new Map<string, MappedGrant>()
  for (const mapping of mappings) {
    if (!textsOf(claims, mapping.claim).includes(mapping.value)) continue
    const { roleId, teamId, projectId, production } = mapping
    given.set(grantKey(mapping), { roleId, teamId, projectId, production })
  }
  return [...given.values()]
}

/** Says of two grants that they are the same. */
export function grantKey({ roleId, teamId, projectId, production }: MappedGrant): string {
  return [roleId, teamId, projectId, production].join(' ')
}

/** Whether the provider says, in `amr` (RFC 8176) or `acr`, that it saw one of these. */
export function provesMfa(mfaValues: readonly string[], claims: Claims): boolean {
  const said = [...textsOf(claims, 'amr'), ...textsOf(claims, 'acr')]
  return said.some((value) => mfaValues.includes(value))
}

/**
 * The address that the provider vouches for, in the form that we keep; null when it vouches for none. Microsoft Entra
 * knows no `email_verified`: it says in `xms_edov` that the domain of the address is one that the tenant owns
 * (https://learn.microsoft.com/entra/identity-platform/optional-claims-reference).
 */
export function vouchedEmail(issuer: string, claims: Claims): string | null {
  const entra = URL.parse(issuer)?.hostname === 'login.microsoftonline.com'
  const vouched =
    claims.email_verified === true || (entra && [true, '1', 1].some((yes) => claims.xms_edov === yes))
  return vouched && typeof claims.email === 'string' ? canonicalEmail(claims.email) : null
}

/**
 * The claims of an ID token and, where it says nothing, of the user's info. What one says of an address is not taken
 * for that of the other: whether it is verified goes along with the address that it was said of.
 */
export function mergeClaims(idToken: Claims, info: Claims): Claims {
  const { email: _, email_verified: __, ...others } = { ...info, ...idToken }
  const about = idToken.email === undefined ? info : idToken
  const same = idToken.email === info.email ? info : {}
  return { ...others, ...addressOf(same), ...addressOf(about) }
}

function addressOf(claims: Claims): Claims {
  return Object.fromEntries(
    ['email', 'email_verified'].flatMap((name) => (claims[name] === undefined ? [] : [[name, claims[name]]])),
  )
}

/** What the person is called there; their address when it does not say. At most 120 characters, without controls. */
export function nameOf(claims: Claims, email: string): string {
  const name = typeof claims.name === 'string' ? claims.name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').trim() : ''
  return [...name].slice(0, 60).join('').trim() || email.slice(0, 120)
}

export function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1)
}

/** A text, or the texts in a list. Anything else says nothing: what it would mean is for nobody to guess. */
function textsOf(claims: Claims, name: string): string[] {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined
  const members = Array.isArray(value) ? value.slice(0, MAX_MEMBERS) : [value]
  return members.filter((member) => typeof member === 'string' && member.length <= MAX_TEXT)
}
