import { isIP } from 'node:net'
import {
  type AuthenticationResponseJSON,
  type AuthenticatorTransport,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { decodeAttestationObject, isoBase64URL } from '@simplewebauthn/server/helpers'

/** Who passkeys are for: a host name, and the one origin that may ask for them (WebAuthn Level 3, section 5.1.4). */
export type RelyingParty = { id: string; origin: string }

export type PasskeyCreationOptions = PublicKeyCredentialCreationOptionsJSON
export type PasskeyRequestOptions = PublicKeyCredentialRequestOptionsJSON

/** What a browser answers, as far as it is looked at: bytes as base64url. */
export type PasskeyCreated = {
  id: string
  rawId: string
  type: 'public-key'
  response: { clientDataJSON: string; attestationObject: string; transports?: string[] | undefined }
}
export type PasskeyAnswer = {
  id: string
  rawId: string
  type: 'public-key'
  response: {
    clientDataJSON: string
    authenticatorData: string
    signature: string
    userHandle?: string | null | undefined
  }
}

/** What is kept of a passkey: nothing of it is secret. */
export type Passkey = {
  credentialId: string
  publicKey: Uint8Array
  counter: number
  transports: string[]
  backedUp: boolean
}

/** Whether a challenge, as base64url, is one that we gave for this. It is used up by asking. */
export type TakesChallenge = (challenge: string) => Promise<boolean>

const TIMEOUT_MS = 300_000
/** EdDSA, ES256, RS256 (RFC 9053, RFC 8812): what authenticators have, and Node verifies as a matter of course. */
const ALGORITHMS = [-8, -7, -257]

/**
 * Who this installation is for browsers, by its configured address. Null where they have no passkeys: at an IP
 * address, and without HTTPS but on this very machine.
 */
export function relyingPartyAt(url: string): RelyingParty | null {
  const { protocol, hostname, origin } = new URL(url)
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return null
  const local = hostname === 'localhost' || hostname.endsWith('.localhost')
  return protocol === 'https:' || local ? { id: hostname, origin } : null
}

/** What a browser needs to make a passkey: one that is found without a name typed, where that is possible. */
export function creationOptions(
  { id }: RelyingParty,
  user: { id: string; email: string; name: string },
  { challenge, known }: { challenge: Uint8Array; known: Pick<Passkey, 'credentialId' | 'transports'>[] },
): Promise<PasskeyCreationOptions> {
  return generateRegistrationOptions({
    rpName: 'Claviger',
    rpID: id,
    userID: Buffer.from(user.id),
    userName: user.email,
    userDisplayName: user.name,
    challenge: Uint8Array.from(challenge),
    attestationType: 'none',
    supportedAlgorithmIDs: ALGORITHMS,
    excludeCredentials: known.map(described),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    timeout: TIMEOUT_MS,
  })
}

/** What a browser needs to ask for a passkey: one of these, or with `known: null` any that it finds. */
export function requestOptions(
  { id }: RelyingParty,
  {
    challenge,
    known,
  }: { challenge: Uint8Array; known: Pick<Passkey, 'credentialId' | 'transports'>[] | null },
): Promise<PasskeyRequestOptions> {
  return generateAuthenticationOptions({
    rpID: id,
    challenge: Uint8Array.from(challenge),
    // Alone it stands for two factors: then the authenticator must have seen its person (by PIN, finger, face).
    userVerification: known === null ? 'required' : 'preferred',
    ...(known && { allowCredentials: known.map(described) }),
    timeout: TIMEOUT_MS,
  })
}

/** The passkey that was made, or null when the answer is not one to our challenge, for us, from a page of ours. */
export async function verifyCreated(
  { id, origin }: RelyingParty,
  response: PasskeyCreated,
  takesChallenge: TakesChallenge,
): Promise<Passkey | null> {
  if (!isUncertified(response.response.attestationObject)) return null
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    // The transports are words of the browser's, which the library hands through.
    response: { ...response, clientExtensionResults: {} } as RegistrationResponseJSON,
    expectedChallenge: takesChallenge,
    expectedOrigin: origin,
    expectedRPID: id,
    supportedAlgorithmIDs: ALGORITHMS,
    requireUserVerification: false,
  }).catch(refused)
  if (!verified || !registrationInfo) return null
  const { credential, credentialBackedUp } = registrationInfo
  return {
    credentialId: credential.id,
    publicKey: credential.publicKey,
    counter: credential.counter,
    transports: credential.transports ?? [],
    backedUp: credentialBackedUp,
  }
}

/**
 * What the passkey's use shows: its new counter, and whether it saw its person. Null when the answer is not one to our
 * challenge, for us, by this passkey. Counters are the caller's to compare.
 */
export async function verifyAnswer(
  { id, origin }: RelyingParty,
  response: PasskeyAnswer,
  passkey: Pick<Passkey, 'credentialId' | 'publicKey'>,
  takesChallenge: TakesChallenge,
): Promise<{ counter: number; userVerified: boolean; backedUp: boolean } | null> {
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    // The user's handle is the caller's to compare.
    response: { ...response, clientExtensionResults: {} } as AuthenticationResponseJSON,
    expectedChallenge: takesChallenge,
    expectedOrigin: origin,
    expectedRPID: id,
    // With any other counter the library throws before it has checked the signature, and says no more than that.
    credential: { id: passkey.credentialId, publicKey: Uint8Array.from(passkey.publicKey), counter: 0 },
    requireUserVerification: false,
  }).catch(refused)
  if (!verified || !authenticationInfo) return null
  const { newCounter, userVerified, credentialBackedUp } = authenticationInfo
  return { counter: newCounter, userVerified, backedUp: credentialBackedUp }
}

/**
 * Whether the new passkey brings no certificate of its maker. We ask for none, and the library would fetch what the
 * certificate names, at an address of the sender's choice.
 */
function isUncertified(attestationObject: string): boolean {
  try {
    const decoded = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject))
    const format = decoded.get('fmt')
    return format === 'none' || (format === 'packed' && decoded.get('attStmt').get('x5c') === undefined)
  } catch {
    return false
  }
}

/** The library throws for whatever is wrong with an answer: all of it is the sender's doing. */
function refused(): { verified: false; registrationInfo?: never; authenticationInfo?: never } {
  return { verified: false }
}

function described({ credentialId, transports }: Pick<Passkey, 'credentialId' | 'transports'>) {
  // Browsers leave out transports that they do not know.
  return { id: credentialId, transports: transports as AuthenticatorTransport[] }
}
