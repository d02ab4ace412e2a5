import { parseArgs } from 'node:util'
import type { Client } from 'pg'
import { readConfig } from '../src/config.ts'
import { openDataDirectory } from '../src/data-directory.ts'
import { connectOnce } from '../src/db/connect.ts'
import { openEmbeddedDatabase } from '../src/db/embedded.ts'
import { createKeyring } from '../src/keyring.ts'
import { createLog } from '../src/log.ts'
import { readRootKey } from '../src/root-key.ts'
import { seedKeys } from './seed/keys.ts'
import { seedMatters } from './seed/matters.ts'
import { seedMoney, seedWindows } from './seed/money.ts'
import { seedOrganization } from './seed/organization.ts'
import { prepareSession, type Seed } from './seed/session.ts'
import { seedUsage } from './seed/usage.ts'

/*
 * Fills an installation that is set up with an organization that has been at work for a while: teams, people, keys,
 * budgets, requests, findings, and a line of usage for each call. `npm run seed -- --help` says how much of what.
 * The same `--seed` and `--until` make the same organization. It refuses an installation that has usage.
 */

const SIZES = {
  keys: { text: 'keys', least: 10, value: 300 },
  users: { text: 'people', least: 10, value: 40 },
  days: { text: 'days of usage', least: 1, value: 60 },
  calls: { text: 'calls in these days', least: 0, value: 50_000 },
  seed: { text: 'which of all the organizations that could be', least: 1, value: 1 },
} as const

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: {
    keys: text,
    users: text,
    days: text,
    calls: text,
    seed: text,
    until: text,
    help: { type: 'boolean' },
  },
})

if (values.help) {
  console.log(
    'npm run seed -- [--NAME NUMBER]… [--until 2026-11-26T12:00Z], on the installation that the environment names',
  )
  for (const [name, { text, value }] of Object.entries(SIZES))
    console.log(`  --${name.padEnd(6)} ${text} (${value})`)
} else {
  await onDatabase(fill)
  // An embedded server that somebody else uses is left running, with the guard that looks after it.
  process.exit()
}

async function fill(client: Client, hashSecret: (secret: string) => string): Promise<void> {
  const seed: Seed = {
    keys: size('keys'),
    users: size('users'),
    days: size('days'),
    calls: size('calls'),
    seed: size('seed'),
    until: new Date(values.until ?? Date.now()),
  }
  if (Number.isNaN(seed.until.getTime())) throw new Error('--until is no time.')
  await refuseUsed(client)
  await prepareSession(client, seed)
  await inOne(client, async () => {
    await step('people, teams, projects', () => seedOrganization(client, seed))
    await step('keys', () => seedKeys(client, seed, hashSecret))
    await step('budgets and limits', () => seedMoney(client))
    await step('usage', () => seedUsage(client, seed))
    await step('what was spent in each window', () => seedWindows(client))
    await step('requests, findings, alerts, documents', () => seedMatters(client))
  })
  await step('statistics', () => client.query('vacuum analyze'))
}

/** On the database of `DATABASE_URL`, or on the embedded one, which a server may be using meanwhile. */
async function onDatabase(
  work: (client: Client, hashSecret: (secret: string) => string) => Promise<void>,
): Promise<void> {
  const config = readConfig()
  openDataDirectory(config.dataDir)
  const { hashSecret } = createKeyring(readRootKey(config).key)
  const embedded =
    config.databaseUrl === null ? await openEmbeddedDatabase(config.dataDir, createLog(config)) : null
  try {
    const client = await connectOnce(config.databaseUrl ?? embedded?.url ?? '', 'seed')
    try {
      await work(client, hashSecret)
    } finally {
      await client.end()
    }
  } finally {
    if (embedded?.adopted === false) await embedded.stop()
  }
}

async function refuseUsed(client: Client): Promise<void> {
  const { rows } = await client.query(
    `select exists (select from organization) as set_up, exists (select from usage) as used`,
  )
  if (!rows[0].set_up) throw new Error('This installation is not set up yet: do that first.')
  if (rows[0].used)
    throw new Error('This installation has usage already: what it has is not mixed with invented calls.')
}

/** All of it or nothing, with the audit event without which no change commits. */
async function inOne(client: Client, work: () => Promise<unknown>): Promise<void> {
  await client.query('begin')
  try {
    await client.query(
      `insert into audit_events (id, actor_kind, actor_id, action, target_id, reason)
       select pg_temp.seed_id('evt', now(), (extract(epoch from now()) * 1e6)::int8), 'setup', 'seed',
         'organization.seed', id, 'Filled with invented data.' from organization`,
    )
    await work()
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

async function step(name: string, work: () => Promise<unknown>): Promise<void> {
  const start = performance.now()
  await work()
  console.log(`${name.padEnd(40)} ${((performance.now() - start) / 1000).toFixed(1)} s`)
}

function size(name: keyof typeof SIZES): number {
  const { value, least } = SIZES[name]
  const given = values[name] === undefined ? value : Number(values[name])
  if (!Number.isSafeInteger(given) || given < least)
    throw new Error(`--${name}: expected a whole number from ${least}.`)
  return given
}
