import { createReadStream } from 'node:fs'
import { appendFile, open } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ChainHead } from './domain/audit-chain.ts'

/** More than the longest line. */
const TAIL_BYTES = 4096

/** Where this process keeps the heads that it signed, one JSON object a line: out of reach of who has only the database. */
export function auditHeadsPath(dataDir: string): string {
  return join(dataDir, 'audit-heads.jsonl')
}

export async function keepAuditHead(dataDir: string, head: ChainHead): Promise<void> {
  await appendFile(auditHeadsPath(dataDir), `${JSON.stringify(head)}\n`, { mode: 0o600, flush: true })
}

/** All of them, oldest first; none before the first. A line that a crash cut off says nothing and is passed over. */
export async function* readAuditHeads(dataDir: string): AsyncIterable<ChainHead> {
  if ((await lastAuditHead(dataDir)) === null) return
  for await (const line of createInterface({ input: createReadStream(auditHeadsPath(dataDir)) })) {
    if (isWhole(line)) yield JSON.parse(line)
  }
}

/** The newest of them, without reading the others. */
export async function lastAuditHead(dataDir: string): Promise<ChainHead | null> {
  await using file = await open(auditHeadsPath(dataDir)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (file === null) return null
  const { size } = await file.stat()
  const start = Math.max(0, size - TAIL_BYTES)
  const { buffer } = await file.read({ buffer: Buffer.alloc(size - start), position: start })
  const line = buffer.toString('utf8').split('\n').findLast(isWhole)
  return line === undefined ? null : JSON.parse(line)
}

function isWhole(line: string): boolean {
  return line.startsWith('{') && line.endsWith('}')
}
