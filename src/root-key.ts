import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type Config, ConfigError } from './config.ts'
import { keepSecret, secretsIn } from './data-directory.ts'

const BYTES = 32
const FEWEST_DIFFERENT_BYTES = 12
const NAME = 'root-key'

/** The root key: from the configuration, or the one in the data directory, made on the first start. */
export function readRootKey({ rootKey, dataDir }: Pick<Config, 'rootKey' | 'dataDir'>): {
  key: Buffer
  made: boolean
} {
  if (rootKey !== null) return { key: parseRootKey(rootKey, 'CLAVIGER_ROOT_KEY'), made: false }
  const { value, made } = keepSecret(dataDir, NAME, () => randomBytes(BYTES).toString('base64'))
  return { key: parseRootKey(value, join(secretsIn(dataDir), NAME)), made }
}

/** 32 bytes as base64 or hex. Refuses what nobody drew at random; the message never repeats it. */
export function parseRootKey(text: string, source: string): Buffer {
  if (text === '') throw new ConfigError(`${source}: the root key is empty. ${HOW}`)
  const key = decode(text)
  if (!key) throw new ConfigError(`${source}: the root key is not base64 or hex. ${HOW}`)
  if (key.length !== BYTES) {
    throw new ConfigError(`${source}: the root key has ${key.length} bytes, expected ${BYTES}. ${HOW}`)
  }
  if (isWeak(key))
    throw new ConfigError(`${source}: the root key is weak: it was not drawn at random. ${HOW}`)
  return key
}

const HOW = 'Make one with: openssl rand -base64 32'

function decode(text: string): Buffer | null {
  if (/^(?:[0-9a-f]{2})+$/i.test(text)) return Buffer.from(text, 'hex')
  if (/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return Buffer.from(text, 'base64')
  return null
}

/**
 * 32 random bytes hold fewer than 12 different ones less than once in 10²⁰ times, are practically never all
 * printable, and do not count upwards: keys that do are examples, passwords or patterns.
 */
function isWeak(key: Buffer): boolean {
  const printable = key.every((byte) => byte >= 0x20 && byte < 0x7f)
  const steps = new Set(key.subarray(1).map((byte, index) => byte - (key[index] ?? 0)))
  return new Set(key).size < FEWEST_DIFFERENT_BYTES || printable || steps.size === 1
}
