import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { type Asked, QUESTIONS } from './questions.ts'

/** What of a statement tells which question it is. */
const FUNCTIONS = {
  take: 'ledger_take(',
  give_back: 'ledger_give_back(',
  shares: 'rate_take(',
  settle: 'ledger_settle(',
}

const ENTRY = /^@(\d+)\.\d+ (.*(?:\n(?!@\d).*)*)/gm
const SETTINGS = { log_line_prefix: '@%n ', log_min_duration_statement: '0', log_parameter_max_length: '0' }

/**
 * Counts what the database is asked in each second by its clock, from now on until it is stopped, as its own log tells:
 * metrics that a busy gateway hands out late would tell of two seconds as of one. A question counts when it is answered.
 */
export async function watchQuestions(
  databaseDir: string,
  superuserUrl: string,
): Promise<{ stop(): Asked[] }> {
  const client = new pg.Client(superuserUrl)
  await client.connect()
  for (const [name, value] of Object.entries(SETTINGS))
    await client.query(`alter system set ${name} = '${value}'`)
  await client.query('select pg_reload_conf()')
  await client.end()
  const from = secondNow() + 1
  return { stop: () => bySecond(logIn(databaseDir), from, secondNow()) }
}

function bySecond(log: string, from: number, to: number): Asked[] {
  const counted = Array.from({ length: to - from }, () => ({
    take: 0,
    give_back: 0,
    shares: 0,
    settle: 0,
    all: 0,
  }))
  for (const [, second, entry = ''] of log.matchAll(ENTRY)) {
    const asked = counted[Number(second) - from]
    const question = QUESTIONS.find((name) => entry.includes(FUNCTIONS[name]))
    // An entry of its own tells how long it took to parse and to bind.
    if (!asked || !question || !/ms {2}execute /.test(entry)) continue
    asked[question]++
    asked.all++
  }
  return counted
}

function logIn(databaseDir: string): string {
  const directory = join(databaseDir, 'log')
  return readdirSync(directory)
    .map((name) => readFileSync(join(directory, name), 'utf8'))
    .join('')
}

function secondNow(): number {
  return Math.floor(Date.now() / 1_000)
}
