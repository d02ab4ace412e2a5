import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ApiError, callForFile } from '../contract/client.ts'
import type { AnyOperation } from '../contract/operation.ts'
import { type Given, readInput } from './input.ts'
import { lister } from './lists.ts'
import { resolveName } from './names.ts'
import type { Parts } from './parts.ts'
import { apiFailure, networkFailure } from './report.ts'
import { currentClient, type GlobalFlags, openSession } from './session.ts'

/** Carries out an operation that answers a file: to standard output, while it arrives. */
export async function runDownload(
  operation: AnyOperation,
  parts: Parts,
  given: Given,
  flags: GlobalFlags,
): Promise<void> {
  const session = await openSession(flags)
  const list = lister(session)
  const query = await readInput(parts.query, given, (noun, text) => resolveName(list, noun, text))
  const client = await currentClient(session)
  try {
    const file = await callForFile(client, operation, { query })
    // The two types of web streams differ in name only.
    await pipeline(Readable.fromWeb(file as Parameters<typeof Readable.fromWeb>[0]), process.stdout, {
      end: false,
    })
  } catch (error) {
    throw error instanceof ApiError ? apiFailure(error, operation) : networkFailure(client.baseUrl, error)
  }
}
