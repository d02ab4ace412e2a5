import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { openLedger } from '../../src/ledger/create-ledger.ts'

/** A file of src/ledger, a piece of it, and what is there instead. */
export type Edit = { file: string; text: string; becomes: string }

const LEDGER = join(import.meta.dirname, '../../src/ledger')

/**
 * The ledger as it would be if one piece of its source were another: for rules that can be broken from outside by nothing
 * else. It is a copy of src/ledger, beside this file since it needs the same packages.
 */
export async function brokenLedger({ file, text, becomes }: Edit): Promise<typeof openLedger> {
  const copy = mkdtempSync(join(import.meta.dirname, '.broken-'))
  try {
    for (const name of readdirSync(LEDGER).filter((name) => !name.endsWith('.test.ts'))) {
      const source = readFileSync(join(LEDGER, name), 'utf8').replaceAll("from '../", "from '../../../src/")
      writeFileSync(join(copy, name), name === file ? replacedOnce(source, text, becomes) : source)
    }
    const broken = await import(pathToFileURL(join(copy, 'create-ledger.ts')).href)
    return broken.openLedger
  } finally {
    rmSync(copy, { recursive: true })
  }
}

function replacedOnce(source: string, text: string, becomes: string): string {
  if (source.split(text).length !== 2) throw new Error(`"${text}" is not there once`)
  return source.replace(text, () => becomes)
}
