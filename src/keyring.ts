import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  hash,
  hkdfSync,
  randomBytes,
  sign,
  timingSafeEqual,
} from 'node:crypto'

/** What sealed bytes belong to. All of it is authenticated: sealed bytes moved elsewhere do not open. */
export type SealedFor = { purpose: string; table: string; column: string; rowId: string; version: number }

export type Sealed = { sealedDataKey: Buffer; sealedSecret: Buffer }

/** Everything that is done with the root key. Each purpose has a key of its own, derived from it. */
export type Keyring = {
  /** The form in which keys, tokens and links are stored and looked up: SHA-256 over a pepper and the secret. */
  hashSecret(secret: string): string
  /** Recognizes a provider's secret without storing it. */
  fingerprint(secret: string): string
  seal(secret: string, sealedFor: SealedFor): Sealed
  /** Throws when the bytes were changed, moved, or sealed under another root key. */
  open(sealed: Sealed, sealedFor: SealedFor): string
  /** Ed25519 (RFC 8032), for heads of the audit chain and exports of it: 64 bytes. */
  signAudit(text: string): Buffer
  /** What others check those with, as PEM, and its name: the first 16 hexadecimal digits of its SHA-256. */
  auditPublicKey: string
  auditKeyId: string
  /** Goes into the hash of every password, so that a stolen table cannot be guessed at. */
  passwordPepper: Buffer
  /** The same for the same root key only, and worth nothing to who reads it. */
  check: string
}

const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_BYTES = 32
/** The PKCS #8 head before the 32 bytes of an Ed25519 private key (RFC 8410, section 7). */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

export function createKeyring(rootKey: Buffer): Keyring {
  const pepper = derive(rootKey, 'secret-pepper').toString('base64')
  const fingerprintKey = derive(rootKey, 'credential-fingerprint')
  const sealingKey = derive(rootKey, 'seal-data-keys')
  const auditKey = ed25519Key(derive(rootKey, 'audit-signature'))
  const auditPublicKey = createPublicKey(auditKey)
  return {
    // One call over one short string: the hot path does this for every request.
    hashSecret: (secret) => hash('sha256', pepper + secret, 'base64url'),
    fingerprint: (secret) => createHmac('sha256', fingerprintKey).update(secret).digest('base64url'),
    seal(secret, sealedFor) {
      const dataKey = randomBytes(KEY_BYTES)
      return {
        sealedDataKey: encrypt(sealingKey, dataKey, associated('data-key', sealedFor)),
        sealedSecret: encrypt(dataKey, Buffer.from(secret, 'utf8'), associated('secret', sealedFor)),
      }
    },
    open({ sealedDataKey, sealedSecret }, sealedFor) {
      const dataKey = decrypt(sealingKey, sealedDataKey, associated('data-key', sealedFor))
      return decrypt(dataKey, sealedSecret, associated('secret', sealedFor)).toString('utf8')
    },
    signAudit: (text) => sign(null, Buffer.from(text, 'utf8'), auditKey),
    auditPublicKey: auditPublicKey.export({ type: 'spki', format: 'pem' }).toString(),
    auditKeyId: hash('sha256', auditPublicKey.export({ type: 'spki', format: 'der' }), 'hex').slice(0, 16),
    passwordPepper: derive(rootKey, 'password-pepper'),
    check: derive(rootKey, 'root-key-check').toString('base64url'),
  }
}

/** Compares a secret someone sent with the one we expect, in a time that says nothing about either. */
export function sameSecret(sent: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', sent, 'buffer'), hash('sha256', expected, 'buffer'))
}

function derive(rootKey: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', rootKey, 'claviger', purpose, KEY_BYTES))
}

function ed25519Key(seed: Buffer) {
  const key = Buffer.concat([ED25519_PKCS8, seed])
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

/** JSON keeps the parts apart: no two different lists print the same. */
function associated(part: string, { purpose, table, column, rowId, version }: SealedFor): Buffer {
  return Buffer.from(JSON.stringify([part, purpose, table, column, rowId, version]))
}

function encrypt(key: Buffer, plain: Buffer, associatedData: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associatedData)
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: Buffer, sealed: Buffer, associatedData: Buffer): Buffer {
  const nonce = sealed.subarray(0, NONCE_BYTES)
  const tag = sealed.subarray(-TAG_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(associatedData).setAuthTag(tag)
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
}
