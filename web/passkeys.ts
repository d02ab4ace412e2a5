/** The browser's own part of passkeys: bytes to JSON and back, also where the browser does not do that itself. */

type Json = Record<string, unknown>

export type PasskeyAnswer = {
  id: string
  rawId: string
  type: 'public-key'
  response: {
    clientDataJSON: string
    authenticatorData: string
    signature: string
    userHandle: string | null
  }
}
export type PasskeyCreated = {
  id: string
  rawId: string
  type: 'public-key'
  response: { clientDataJSON: string; attestationObject: string; transports?: string[] }
}

/** Asks for a passkey that there is. Throws, in words for the person, when none comes back. */
export async function askForPasskey(options: Json): Promise<PasskeyAnswer> {
  const credential = await from(() => navigator.credentials.get({ publicKey: requestOptions(options) }))
  // `publicKey` was asked for, so its answer is of this kind.
  const { id, rawId, response } = credential as PublicKeyCredential & {
    response: AuthenticatorAssertionResponse
  }
  return {
    id,
    rawId: text(rawId),
    type: 'public-key',
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: response.userHandle ? text(response.userHandle) : null,
    },
  }
}

/** Lets the browser make one. */
export async function makePasskey(options: Json): Promise<PasskeyCreated> {
  const credential = await from(() => navigator.credentials.create({ publicKey: creationOptions(options) }))
  // As above.
  const { id, rawId, response } = credential as PublicKeyCredential & {
    response: AuthenticatorAttestationResponse
  }
  return {
    id,
    rawId: text(rawId),
    type: 'public-key',
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  }
}

async function from(ask: () => Promise<Credential | null>): Promise<Credential> {
  if (!('PublicKeyCredential' in window))
    throw new PasskeyError('This browser has no passkeys. Use another way.')
  try {
    const credential = await ask()
    if (credential) return credential
  } catch (error) {
    if (error instanceof DOMException && error.name === 'InvalidStateError')
      throw new PasskeyError('This device has a passkey for your account already.')
  }
  throw new PasskeyError('Nothing came back from your passkey. Try again when you are ready.')
}

/** What the browser said no to, in words for the person. */
export class PasskeyError extends Error {}

// The server writes both with `@simplewebauthn/server`, in the shape that browsers parse themselves (WebAuthn Level 3).
function creationOptions(json: Json): PublicKeyCredentialCreationOptions {
  return PublicKeyCredential.parseCreationOptionsFromJSON(
    json as unknown as PublicKeyCredentialCreationOptionsJSON,
  )
}

function requestOptions(json: Json): PublicKeyCredentialRequestOptions {
  return PublicKeyCredential.parseRequestOptionsFromJSON(
    json as unknown as PublicKeyCredentialRequestOptionsJSON,
  )
}

function text(buffer: ArrayBuffer): string {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
