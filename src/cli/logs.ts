import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { z } from 'zod'
import { type RequestAttempt, requestList } from '../contract/requests.ts'
import { note, print } from './answer.ts'
import { addExamples, addFlags, givenFlags } from './command.ts'
import { Failure } from './failure.ts'
import { type Resolve, readInput } from './input.ts'
import { withNames } from './labels.ts'
import { lister } from './lists.ts'
import { type ListItems, resolveName } from './names.ts'
import { partsOf } from './parts.ts'
import { ask, type GlobalFlags, openSession, type Session } from './session.ts'
import { cell } from './table.ts'

type Call = z.output<typeof RequestAttempt>
type Query = Record<string, unknown>

const POLL_MS = 2000
const PAGE = 200
/** Calls are listed by their start but appear at their end, in batches: how late one may come. */
const LATE_MS = 60_000

/** `claviger logs tail`: calls as they come in. */
export function addLogs(program: Command): void {
  const group = program.command('logs').summary('Calls as they come in').description('Calls as they come in.')
  const flags = partsOf(requestList).query.filter(
    ({ name }) => !['limit', 'cursor', 'from', 'to'].includes(name),
  )
  const command = group
    .command('tail')
    .option('-f, --follow', 'go on with new calls until Ctrl-C')
    .option('-n, --lines <number>', 'how many calls to begin with', '20')
    .summary('Print the latest calls')
    .description('Print the latest calls, oldest first. With --json, one object per line.')
  addFlags(command, flags)
  addExamples(command, [
    'claviger logs tail --follow',
    'claviger logs tail --key Search/Site/staging/site-bot --failed true',
    'claviger logs tail -f --json | jq -r .costUsd',
  ])
  command.action(async ({ follow, lines }: { follow?: boolean; lines: string }) => {
    const count = readLines(lines)
    const session = await openSession(command.optsWithGlobals<GlobalFlags>())
    const list = lister(session)
    const resolve: Resolve = (noun, text) => resolveName(list, noun, text)
    const query = await readInput(flags, givenFlags(command, flags), resolve)
    const show = async (calls: Call[]) => {
      for (const call of calls) print(await lineOf(session, call, list))
    }
    await tail(session, query, count, follow ?? false, show)
  })
}

function readLines(text: string): number {
  const lines = Number(text)
  if (Number.isInteger(lines) && lines >= 0 && lines <= PAGE) return lines
  throw new Failure('usage', `--lines "${text}" is not understood: expected a number from 0 to ${PAGE}.`)
}

async function tail(
  session: Session,
  query: Query,
  lines: number,
  follow: boolean,
  show: (calls: Call[]) => Promise<void>,
): Promise<void> {
  const { data } = await ask(session, requestList, { query: { ...query, limit: PAGE } })
  if (data.length === 0) note('No calls yet.')
  await show(data.slice(0, lines).reverse())
  const seen = new Map(data.map(({ id, settledAt }) => [id, Date.parse(settledAt)]))
  while (follow) {
    await sleep(POLL_MS)
    const since = Math.max(0, ...seen.values()) - LATE_MS
    for (const [id, settled] of seen) if (settled < since) seen.delete(id)
    await show(await newCalls(session, query, seen, since))
  }
}

/** What has come since, oldest first. Reads pages until one holds nothing new. */
async function newCalls(
  session: Session,
  query: Query,
  seen: Map<string, number>,
  since: number,
): Promise<Call[]> {
  const calls: Call[] = []
  let cursor: string | undefined
  for (;;) {
    const page = await ask(session, requestList, { query: { ...query, limit: PAGE, cursor } })
    const fresh = page.data.filter((call) => !seen.has(call.id) && Date.parse(call.settledAt) >= since)
    for (const { id, settledAt } of fresh) seen.set(id, Date.parse(settledAt))
    calls.push(...fresh)
    if (fresh.length === 0 || page.nextCursor === null) return calls.reverse()
    cursor = page.nextCursor
  }
}

async function lineOf({ json, quiet }: Session, call: Call, list: ListItems): Promise<string> {
  if (json) return JSON.stringify(call)
  if (quiet) return call.requestId
  const [row = {}] = await withNames(list, [call], (name) => name)
  return [
    cell(call.admittedAt),
    String(call.status),
    cell(call.model ?? call.operation).padEnd(24),
    `${call.inputTokens} in, ${call.outputTokens} out`.padEnd(20),
    `${call.costUsd} USD`.padEnd(14),
    `${call.durationMs} ms`.padEnd(8),
    cell(row.keyId),
    call.requestId,
    call.errorCode ?? '',
  ]
    .join('  ')
    .trimEnd()
}
