import { createHash, createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { auditVerify } from '../contract/audit.ts'
import type { ChainHead } from '../domain/audit-chain.ts'
import { type Crypto, type FileReport, fileCheck } from '../domain/audit-file.ts'
import { note, print } from './answer.ts'
import { addExamples } from './command.ts'
import { Failure } from './failure.ts'
import { ask, type GlobalFlags, openSession } from './session.ts'

type Flags = GlobalFlags & { file?: string; publicKey?: string; heads?: string; from?: string }

/** `claviger audit verify`: the server's own chain, or an exported file without any server. */
export function addAuditVerify(audit: Command): void {
  const command = audit
    .command('verify')
    .option('--file <path>', 'check an exported file instead, without a server')
    .option('--public-key <pem>', 'the key it must be signed with, or a file with it')
    .option('--heads <path>', 'heads that were kept elsewhere: audit-heads.jsonl of the data directory')
    .option('--from <position>', "where to begin in the server's chain", '1')
    .summary(auditVerify.summary)
    .description(`${auditVerify.summary}, or check an exported file. Ends with 9 when something was changed.`)
  addExamples(command, [
    'claviger audit verify',
    'claviger audit verify --file audit.jsonl --public-key audit-key.pem --heads audit-heads.jsonl',
  ])
  command.action(async () => {
    const flags = command.optsWithGlobals<Flags>()
    await (flags.file === undefined ? verifyServer(flags) : verifyFile(flags, flags.file))
  })
}

async function verifyServer(flags: Flags): Promise<void> {
  const session = await openSession(flags)
  const report = await ask(session, auditVerify, { query: { from: flags.from } })
  if (session.json) print(JSON.stringify(report, null, 2))
  if (report.firstBroken) throw brokenFailure(report.firstBroken)
  if (!session.json) print(`The audit chain is whole: ${count(report.checked, 'event')} checked.`)
}

async function verifyFile({ json, publicKey, heads }: Flags, path: string): Promise<void> {
  const given = publicKey === undefined ? null : await readPublicKey(publicKey)
  const kept = heads === undefined ? [] : await readHeads(heads)
  const report = await checkFile(path, given, kept)
  if (json) print(JSON.stringify({ ok: report.firstBroken === null, ...report }, null, 2))
  if (report.firstBroken) throw brokenFailure(report.firstBroken)
  if (json) return
  const range = report.first === null ? '' : `, positions ${report.first} to ${report.last}`
  print(`The file is whole: ${count(report.events, 'event')}${range}, ${count(report.heads, 'signed head')}.`)
  if (given === null) {
    note(
      'It was checked with the key that it names itself. To know whose that is, add --public-key: claviger audit-key get',
    )
  }
}

const CRYPTO: Crypto = {
  sha256: (bytes) => hash('sha256', bytes, 'buffer'),
  verify(text, signature, publicKey) {
    const bytes = Buffer.from(signature, 'base64')
    // The same signature can be written in several ways of base64: only ours is one.
    if (bytes.toString('base64') !== signature) return false
    const key = readKey(publicKey)
    return key !== null && verify(null, Buffer.from(text), key, bytes)
  },
}

/** Reads the file once, a line at a time: it may be larger than memory. */
export async function checkFile(
  path: string,
  publicKey: string | null,
  kept: ChainHead[],
): Promise<FileReport> {
  const check = fileCheck(CRYPTO, { publicKey, kept })
  const before = createHash('sha256')
  let last: Buffer | null = null
  let rest = Buffer.alloc(0)
  for await (const chunk of readChunks(path)) {
    rest = Buffer.concat([rest, chunk])
    let end = rest.indexOf(NEWLINE)
    while (end >= 0) {
      if (last !== null) {
        before.update(last)
        check.line(last.toString('utf8').slice(0, -1))
      }
      last = rest.subarray(0, end + 1)
      rest = rest.subarray(end + 1)
      end = rest.indexOf(NEWLINE)
    }
  }
  // Without the end of its last line the file is not whole.
  const end = rest.length === 0 && last !== null ? last.toString('utf8').slice(0, -1) : ''
  return check.end(end, before.digest('hex'))
}

const NEWLINE = 10

async function* readChunks(path: string): AsyncIterable<Buffer> {
  try {
    yield* createReadStream(path)
  } catch (cause) {
    throw new Failure('usage', `The file ${path} cannot be read.`, { cause })
  }
}

async function readPublicKey(given: string): Promise<string> {
  const pem = given.startsWith('-----BEGIN') ? given : await readText(given)
  if (readKey(pem) !== null) return pem
  throw new Failure('usage', '--public-key is no Ed25519 public key in PEM, which is what we sign with.')
}

function readKey(pem: string): KeyObject | null {
  try {
    const key = createPublicKey(pem)
    return key.asymmetricKeyType === 'ed25519' ? key : null
  } catch {
    return null
  }
}

async function readHeads(path: string): Promise<ChainHead[]> {
  const lines = (await readText(path)).split('\n').filter((line) => line !== '')
  return lines.map((line) => {
    try {
      return JSON.parse(line)
    } catch (cause) {
      throw new Failure('usage', `The file ${path} holds a line that is no signed head.`, { cause })
    }
  })
}

function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause) => {
    throw new Failure('usage', `The file ${path} cannot be read.`, { cause })
  })
}

function brokenFailure({ position, eventId, problem }: NonNullable<FileReport['firstBroken']>): Failure {
  const where =
    position === null ? 'The audit trail is not whole' : `The audit chain breaks at position ${position}`
  return new Failure('found', `${where}${eventId === null ? '' : ` (${eventId})`}: ${problem}.`)
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
