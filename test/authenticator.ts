import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { PasskeyAnswer, PasskeyCreated } from '../src/passkeys.ts'

type CreationOptions = { challenge: string; rp: { id?: string | undefined }; user: { id: string } }
type RequestOptions = { challenge: string; rpId?: string | undefined }

/** What an answer says that it should not: each field makes one that must be refused. */
export type Lie = {
  origin?: string
  rpId?: string
  userVerified?: boolean
  counter?: number
  userHandle?: string | null
  /** Another passkey's key. */
  key?: KeyObject
  type?: string
}

export type SoftPasskey = {
  create(options: object, lie?: Lie): PasskeyCreated
  get(options: object, lie?: Lie): PasskeyAnswer
  key: KeyObject
}

/** A tiny authenticator with one passkey (ES256), as WebAuthn Level 3 lays its bytes out. It counts its uses. */
export function softPasskey(origin: string): SoftPasskey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(16)
  let counter = 0
  let userHandle = ''

  function clientData(type: string, challenge: string, lie: Lie): Buffer {
    return Buffer.from(JSON.stringify({ type: lie.type ?? type, challenge, origin: lie.origin ?? origin }))
  }

  /** Section 6.1: RP ID's hash, flags, counter, and at creation the credential. */
  function authenticatorData(rpId: string, lie: Lie, credential?: Buffer): Buffer {
    counter += 1
    const flags = 0b1 | (lie.userVerified === false ? 0 : 0b100) | (credential ? 0b1000000 : 0)
    const count = Buffer.alloc(4)
    count.writeUInt32BE(lie.counter ?? counter)
    return Buffer.concat([
      sha256(lie.rpId ?? rpId),
      Buffer.from([flags]),
      count,
      credential ?? Buffer.alloc(0),
    ])
  }

  return {
    key: privateKey,
    create(options, lie = {}) {
      const { challenge, rp, user } = options as CreationOptions
      userHandle = user.id
      const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
      const cose = Buffer.concat([
        // {1: 2, 3: -7, -1: 1, -2: x, -3: y} (RFC 9053, section 7.1.1).
        Buffer.from('a5010203262001215820', 'hex'),
        Buffer.from(x, 'base64url'),
        Buffer.from('225820', 'hex'),
        Buffer.from(y, 'base64url'),
      ])
      const credential = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, cose])
      const data = authenticatorData(rp.id ?? '', lie, credential)
      // {fmt: "none", attStmt: {}, authData: …}
      const attestationObject = Buffer.concat([
        Buffer.from('a363666d74646e6f6e656761747453746d74a0686175746844617461', 'hex'),
        Buffer.from([0x58, data.length]),
        data,
      ])
      const clientDataJSON = clientData('webauthn.create', challenge, lie)
      return {
        ...named(id),
        response: { ...texts({ clientDataJSON, attestationObject }), transports: ['internal'] },
      }
    },
    get(options, lie = {}) {
      const { challenge, rpId } = options as RequestOptions
      const clientDataJSON = clientData('webauthn.get', challenge, lie)
      const data = authenticatorData(rpId ?? '', lie)
      const signature = sign('sha256', Buffer.concat([data, sha256(clientDataJSON)]), lie.key ?? privateKey)
      return {
        ...named(id),
        response: {
          ...texts({ clientDataJSON, authenticatorData: data, signature }),
          userHandle: lie.userHandle === undefined ? userHandle : lie.userHandle,
        },
      }
    },
  }
}

function named(id: Buffer) {
  return { id: id.toString('base64url'), rawId: id.toString('base64url'), type: 'public-key' as const }
}

function texts<Name extends string>(buffers: Record<Name, Buffer>): Record<Name, string> {
  const entries = Object.entries<Buffer>(buffers).map(([name, bytes]) => [name, bytes.toString('base64url')])
  // One text for each name.
  return Object.fromEntries(entries) as Record<Name, string>
}

function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest()
}
