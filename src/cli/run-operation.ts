import type { CallOptions } from '../contract/client.ts'
import type { AnyOperation } from '../contract/operation.ts'
import { note, printAnswer } from './answer.ts'
import { Failure } from './failure.ts'
import { type Given, readInput } from './input.ts'
import { allPages, lister } from './lists.ts'
import { type ListItems, resolveName } from './names.ts'
import type { Parts } from './parts.ts'
import { readSecret } from './secrets.ts'
import { askAny, type GlobalFlags, openSession, type Session } from './session.ts'
import { isRepeated, openSecretFile, showSecret, takeOut } from './shown-once.ts'
import { isRow } from './table.ts'
import { readValue } from './values.ts'

/** The flags that commands have for the CLI's own sake. */
export type OwnFlags = GlobalFlags & {
  fromStdin?: boolean
  fromFile?: string
  outputFile?: string
  all?: boolean
  ifMatch?: string
  idempotencyKey?: string
}

/** Carries out an operation with what was typed, and prints its answer. */
export async function runOperation(
  operation: AnyOperation,
  parts: Parts,
  given: Given,
  own: OwnFlags,
): Promise<void> {
  requireAll(parts, given)
  const session = await openSession(own)
  refuseLosingSecret(session, parts, own)
  const options = callOptions(own)
  const list = lister(session)
  const input = await readParts(session, list, operation, parts, given, own)
  if (own.all) return printAnswer(session, operation, await allPages(session, operation, input.query), list)

  const file = own.outputFile === undefined ? null : await openSecretFile(own.outputFile)
  let answer: unknown
  try {
    answer = await askAny(session, operation, input, options)
  } catch (error) {
    await file?.discard()
    throw error
  }
  const { rest, taken } = takeOut(answer, parts.shownOnce)
  // Saved first: whatever else goes wrong, this is the only time we have it.
  if (taken === null) await file?.discard()
  else await file?.keep(taken)
  await printAnswer(session, operation, session.json && !file ? answer : rest, list, input.body)
  if (!session.json) {
    if (answer === undefined) note('Done.')
    if (taken !== null && !file) showSecret(taken)
    if (parts.shownOnce.length > 0 && isRepeated(answer, parts.shownOnce)) note(REPEATED)
  }
  if (isRow(answer) && answer.works === false) throw new Failure('found', 'It does not work: see above.')
}

const REPEATED = 'This was done before. Its secret was in the first answer only.'

function requireAll({ body, query }: Parts, given: Given): void {
  const missing = [...body, ...query].filter((flag) => flag.required && given[flag.name] === undefined)
  if (missing.length === 0) return
  const names = missing.map((flag) => `--${flag.name}`).join(', ')
  throw new Failure(
    'usage',
    `${missing.length === 1 ? 'A required flag is' : 'Required flags are'} missing: ${names}.`,
    {
      next: 'Add --help to see what it takes.',
    },
  )
}

function refuseLosingSecret(session: Session, { shownOnce }: Parts, { outputFile }: OwnFlags): void {
  if (!session.quiet || session.json || shownOnce.length === 0 || outputFile !== undefined) return
  throw new Failure('usage', 'With -q the secret would be lost: it is shown only once.', {
    next: 'Add --output-file PATH, or use --json instead of -q.',
  })
}

function callOptions({ ifMatch, idempotencyKey }: OwnFlags): CallOptions {
  if (ifMatch !== undefined && !/^\d{1,9}$/.test(ifMatch)) {
    throw new Failure('usage', `--if-match "${ifMatch}" is not understood: expected the number of a version.`)
  }
  return {
    ...(ifMatch === undefined ? {} : { ifMatch: Number(ifMatch) }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  }
}

async function readParts(
  session: Session,
  list: ListItems,
  operation: AnyOperation,
  parts: Parts,
  given: Given,
  own: OwnFlags,
) {
  const read = (flags: Parts['body']) =>
    readInput(flags, given, (noun, text) => resolveName(list, noun, text))
  const params = await read(parts.params)
  const query = await read(parts.query)
  if (operation.body === null) return { params, query }
  const body = await read(parts.body)
  const { secret } = parts
  if (secret && (secret.required || own.fromStdin || own.fromFile !== undefined)) {
    const text = await readSecret(secret.name, own, session.environment)
    body[secret.path[0] ?? ''] = readValue(secret, text, new Date())
  }
  return { params, query, body }
}
