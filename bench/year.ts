import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, call } from '../src/contract/client.ts'
import { grantList } from '../src/contract/grants.ts'
import { keyList } from '../src/contract/keys.ts'
import { organizationUpdate } from '../src/contract/organization.ts'
import { profileView } from '../src/contract/profile.ts'
import { providerList } from '../src/contract/providers.ts'
import { tokenCreate } from '../src/contract/tokens.ts'
import { usageReport } from '../src/contract/usage.ts'
import { connectOnce } from '../src/db/connect.ts'
import { databaseUrlIn } from './claviger.ts'
import { start } from './processes.ts'
import type { Subject } from './reads-questions.ts'
import { helperCore } from './settings.ts'

/** The sizes of an installation that has been at work for a year, as options of a command. */
export const YEAR = {
  keys: { type: 'string', default: '10000' },
  users: { type: 'string', default: '500' },
  days: { type: 'string', default: '400' },
  calls: { type: 'string', default: '5000000' },
} as const

/** Time zones other than the organization's in which somebody asks for days. */
export const ZONES_ABROAD = ['Asia/Kolkata', 'America/Los_Angeles']

/** Longer than the sweep that adds up lets wait, when it has nothing to do. */
const QUIET_MS = 45_000

export function ownerOf(dir: string, baseUrl: string): Client {
  return { baseUrl, token: readFileSync(join(dir, 'owner-token'), 'utf8').trim(), fetch }
}

/** Fills the installation in DIR once, and waits until all of its usage is added up. */
export async function fillYear(
  dir: string,
  owner: Client,
  sizes: Record<keyof typeof YEAR, string>,
): Promise<void> {
  if (!existsSync(join(dir, 'filled'))) {
    await call(owner, organizationUpdate, { body: { timeZone: 'Europe/Berlin' } })
    const seed = join(import.meta.dirname, '..', 'scripts', 'seed.ts')
    const names = Object.keys(YEAR) as (keyof typeof YEAR)[]
    const command = [process.execPath, seed, ...names.flatMap((name) => [`--${name}`, sizes[name]])]
    const env = {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrlIn(dir),
      CLAVIGER_DATA_DIR: join(dir, 'claviger-data'),
    }
    const { child, output } = start('seed', helperCore, command, { env })
    const code = await new Promise((resolve) => child.once('close', resolve))
    console.log(output())
    if (code !== 0) throw new Error('The seed failed.')
    mkdirSync(join(dir, 'filled'))
  }
  for (const timeZone of ZONES_ABROAD) {
    await call(owner, usageReport, { query: { by: 'day', from: '-1d', timeZone } })
  }
  const client = await connectOnce(databaseUrlIn(dir), 'bench')
  try {
    let made: string | undefined
    let changes = 0
    for (let since = Date.now(); Date.now() - since < QUIET_MS; await sleep(2_000)) {
      const { rows } = await client.query(
        `select count(*) || ' ' || coalesce(sum(highest_cube), 0) || ' ' || (select count(*) from usage_touched) as made
         from usage_units`,
      )
      if (rows[0].made === made) continue
      made = rows[0].made
      since = Date.now()
      changes++
    }
    // As an installation that has been at work is: autovacuum has long come by.
    if (changes > 1) await client.query('vacuum analyze')
  } finally {
    await client.end()
  }
}

export type Who = 'owner' | 'team admin' | 'builder'

/** Three people, by id, and things of the team of the last two. */
export async function lookAround(owner: Client): Promise<{ subject: Subject; people: Record<Who, string> }> {
  /** Who hold the role in a team, and nothing that reaches the whole organization. */
  const holders = async function* (query: { teamId?: string; role: string }) {
    for (const { scopeType, userId, teamId } of (
      await call(owner, grantList, { query: { ...query, limit: 200 } })
    ).data) {
      if (scopeType !== 'team' || userId === null || teamId === null) continue
      const { data: all } = await call(owner, grantList, { query: { userId, limit: 200 } })
      if (all.every((one) => one.scopeType !== 'organization')) yield { userId, teamId }
    }
  }
  const pair = async () => {
    for await (const admin of holders({ role: 'admin' })) {
      for await (const builder of holders({ role: 'builder', teamId: admin.teamId }))
        return { admin, builder }
    }
    throw new Error('The seed has a team with an admin and a builder.')
  }
  const { admin, builder } = await pair()
  const { teamId } = admin
  const { user } = await call(owner, profileView, {})
  const { data: keys } = await call(owner, keyList, { query: { teamId, limit: 200 } })
  const { data: providers } = await call(owner, providerList, { query: {} })
  const key = keys.find(({ userId }) => userId === null) ?? keys[0]
  if (!key) throw new Error('The team has no keys.')
  return {
    subject: {
      teamId,
      projectId: key.projectId,
      environmentId: key.environmentId,
      keyId: key.id,
      userId: builder.userId,
      providerId: providers.find(({ name }) => name === 'openai-seed')?.id ?? '',
      keyIds: keys.map(({ id }) => id),
    },
    people: { owner: user.id, 'team admin': admin.userId, builder: builder.userId },
  }
}

/** API tokens of these people; of the owner the one that there is. */
export async function issueTokens(owner: Client, people: Record<Who, string>): Promise<Record<Who, string>> {
  const token = async (userId: string) => {
    const body = { name: `bench ${Date.now()}`, userId, production: true }
    return (await call(owner, tokenCreate, { body })).secret
  }
  return {
    owner: owner.token ?? '',
    'team admin': await token(people['team admin']),
    builder: await token(people.builder),
  }
}
