import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { covers, decide } from '../../src/domain/access.ts'
import { PERMISSIONS } from '../../src/domain/permission.ts'
import { permissionsOf } from '../../src/domain/roles.ts'
import { testApp } from '../app.ts'
import { type Books, holds, livingOwners, NEVER, SPOTS, type Who } from './grants-books.ts'
import { databaseSystem } from './grants-database.ts'
import { judge, record, worldIsWrong } from './grants-judge.ts'
import { type MemorySystem, memorySystem, RULES, type Rules } from './grants-memory.ts'
import { anyDraw, type Draw, type Move, moveOf, WEIGHTS } from './grants-moves.ts'

/**
 * 195: random administrative acts by random people never give anybody a right that who gave it did not hold, so none
 * that does not go back to an owner. `MODEL_SEED` makes another run, `MODEL_STEPS` a longer one on the database; a
 * failure says its seed, and in memory also the shortest way there.
 */

const seed = Number(process.env.MODEL_SEED ?? 20_261_126)
const MOVES_PER_RUN = 400
const DATABASE_MOVES = Number(process.env.MODEL_STEPS ?? 2_500)
const RUNS = 280

const draws = fc.array(anyDraw, { minLength: MOVES_PER_RUN, maxLength: MOVES_PER_RUN, size: 'max' })

describe('195: in memory, on the rules themselves', () => {
  test(`${RUNS * MOVES_PER_RUN} acts give nobody more than their giver held`, () => {
    const tried = countsOf()
    fc.assert(
      fc.property(draws, (drawn) => play(memorySystem(RULES), drawn, tried)),
      { seed, numRuns: RUNS },
    )
    // Each kind is both done and refused, or the run would show nothing.
    for (const [kind, { done, refused }] of tried) {
      expect(done, kind).toBeGreaterThan(20)
      if (kind !== 'expire') expect(refused, kind).toBeGreaterThan(20)
    }
  })
})

const counted = (kinds: string[]) => new Map(kinds.map((kind) => [kind, { done: 0, refused: 0 }]))
function countsOf() {
  return counted(Object.keys(WEIGHTS))
}

/** A start that has somebody of every sort. */
function newBooks(): Books {
  const grant = (
    index: number,
    role: 'owner' | 'admin' | 'builder' | 'viewer' | 'analyst',
    scope: Books['grants'][number]['scope'],
    production: boolean,
  ) => ({
    to: { kind: 'user' as const, index },
    role,
    scope,
    production,
    endsAt: null,
    over: false,
  })
  return {
    users: Array.from({ length: 10 }, () => ({ active: true })),
    accounts: [{ project: 0, active: true }],
    roles: [],
    grants: [
      grant(0, 'owner', { type: 'organization' }, true),
      grant(1, 'owner', { type: 'organization' }, true),
      grant(2, 'admin', { type: 'organization' }, false),
      grant(3, 'admin', { type: 'organization' }, true),
      grant(4, 'admin', { type: 'team', team: 0 }, true),
      grant(5, 'admin', { type: 'project', project: 2 }, false),
      grant(6, 'builder', { type: 'project', project: 0 }, true),
      grant(7, 'analyst', { type: 'organization' }, false),
    ],
    tokens: [],
    invitations: [],
    requests: [],
  }
}

function play(system: MemorySystem, drawn: Draw[], tried = countsOf()): void {
  const books = newBooks()
  for (const [step, draw] of drawn.entries()) {
    const move = moveOf(books, draw)
    if (move === null) continue
    const count = tried.get(move.kind)
    if (!system.accepts(books, move)) {
      if (count) count.refused += 1
      continue
    }
    if (count) count.done += 1
    const wrong = judge(books, move)
    if (wrong) throw new Error(`step ${step}, ${JSON.stringify(move)}: ${wrong}`)
    record(books, move)
    const broken = worldIsWrong(books) ?? disagreement(system, books, draw, move)
    if (broken) throw new Error(`after step ${step}, ${JSON.stringify(move)}: ${broken}`)
  }
  for (const index of books.users.keys()) {
    for (const spot of SPOTS) {
      for (const permission of PERMISSIONS)
        expectAgreement(system, books, { kind: 'user', index }, permission, spot)
    }
  }
}

/** Some rights, of who acted and of some others: whether the rules let them do what the books say, and only that. */
function disagreement(system: MemorySystem, books: Books, draw: Draw, move: Move): string | null {
  for (const who of 'who' in move ? [move.who, ...probed(books, draw)] : probed(books, draw)) {
    for (const [permission, spot] of probes(draw)) {
      const wrong = disagreementAbout(system, books, who, permission, spot)
      if (wrong) return wrong
    }
  }
  return null
}

/** Somebody else, and somebody's token. */
function probed(books: Books, { what, bits }: Draw): Who[] {
  const token = { kind: 'token' as const, index: bits % Math.max(1, books.tokens.length) }
  return [{ kind: 'user', index: what % books.users.length }, ...(books.tokens.length > 0 ? [token] : [])]
}

function probes({ what, bits }: Draw): Probe[] {
  return Array.from({ length: 8 }, (_, probe) => [
    PERMISSIONS[(what + probe * 31) % PERMISSIONS.length] ?? 'key:read',
    SPOTS[(bits + probe) % SPOTS.length] ?? { type: 'organization' },
  ])
}

describe('195: by the actions themselves, on a database', () => {
  test(`${DATABASE_MOVES} acts give nobody more than their giver held`, async () => {
    await using app = await testApp()
    const books = newBooks()
    const system = await databaseSystem(app, books)
    const many = fc.array(anyDraw, { minLength: DATABASE_MOVES, maxLength: DATABASE_MOVES, size: 'max' })
    const [drawn = []] = fc.sample(many, { seed, numRuns: 1 })
    const tried = countsOf()
    for (const [step, draw] of drawn.entries()) {
      const asked = moveOf(books, draw)
      if (asked === null) continue
      const at = `seed ${seed}, step ${step}, ${JSON.stringify(asked)}`
      const done = await system.attempt(asked)
      const count = tried.get(asked.kind)
      if (count) count[done === null ? 'refused' : 'done'] += 1
      if (done === null) continue
      expect(judge(books, done), at).toBeNull()
      record(books, done)
      expect(worldIsWrong(books), at).toBeNull()
      expect(await system.livingOwners(), at).toBe(livingOwners(books))
      for (const who of asked.kind === 'accept' || asked.kind === 'expire'
        ? probed(books, draw)
        : [asked.who, ...probed(books, draw)]) {
        const decides = await system.decider(who)
        for (const [permission, spot] of probes(draw)) {
          const held = holds(books, who, { permission, spot }) !== NEVER
          expect(decides(permission, spot), `${at}: ${JSON.stringify([who, permission, spot])}`).toBe(held)
        }
      }
    }
    for (const [kind, { done, refused }] of tried) {
      expect(done, kind).toBeGreaterThan(0)
      if (kind !== 'expire' && kind !== 'accept') expect(refused, kind).toBeGreaterThan(0)
    }
  }, 120_000)
})

type Probe = [permission: (typeof PERMISSIONS)[number], spot: (typeof SPOTS)[number]]

function disagreementAbout(
  system: MemorySystem,
  books: Books,
  who: Who,
  ...[permission, spot]: Probe
): string | null {
  const decided = system.decides(books, who, permission, spot)
  const held = holds(books, who, { permission, spot }) !== NEVER
  if (decided === held) return null
  return `${JSON.stringify(who)} ${decided ? 'may' : 'may not'} "${permission}" at ${JSON.stringify(spot)}`
}

function expectAgreement(system: MemorySystem, books: Books, who: Who, ...probe: Probe): void {
  const wrong = disagreementAbout(system, books, who, ...probe)
  if (wrong) throw new Error(wrong)
}

describe('195: a rule that is broken is noticed', () => {
  const ends = new Date(0)
  const MUTANTS: Record<string, () => Partial<Rules>> = {
    'production is not asked for when a role is given': () => ({
      covers: (actor, given) => covers(actor, { ...given, production: false }),
    }),
    'what ends is given without an end': () => ({
      covers: (actor, given) => covers(actor, { ...given, endsAt: ends }),
    }),
    'a role in a project is taken for one in its team': () => ({
      covers: (actor, given) =>
        covers(
          {
            ...actor,
            // The same layers, wider.
            layers: actor.layers.map((layer) =>
              layer.map((reach) =>
                reach.scope.type === 'project'
                  ? { ...reach, scope: { type: 'team' as const, teamId: reach.scope.teamId } }
                  : reach,
              ),
            ) as unknown as typeof actor.layers,
          },
          given,
        ),
    }),
    'one permission of a role is enough': () => ({
      covers: (actor, given) => covers(actor, { ...given, permissions: [...given.permissions].slice(0, 1) }),
    }),
    'a token gives what its owner may give': () => ({
      covers: (actor, given) => covers({ ...actor, layers: [actor.layers.at(-1) ?? []] }, given),
    }),
    'a token does what its owner may do': () => ({
      decide: (actor, ...asked) => decide({ ...actor, layers: [actor.layers.at(-1) ?? []] }, ...asked),
    }),
    'production is like any other place': () => ({
      decide: (actor, permission, place) => decide(actor, permission, { ...place, production: false }),
    }),
    'a team is part of any project of it': () => ({
      decide: (actor, permission, place) =>
        decide(actor, permission, place).allowed || place.projectId !== null || place.teamId === null
          ? decide(actor, permission, place)
          : decide(actor, permission, { ...place, projectId: `prj_${Number(place.teamId.slice(-1)) * 2}` }),
    }),
    'a role below the organization keeps what is the organization’s': () => ({
      permissionsOf: (role, type, custom) =>
        custom?.scopeTypes.includes(type)
          ? new Set(PERMISSIONS.filter((permission) => custom.permissions.includes(permission)))
          : permissionsOf(role, type, custom),
    }),
    'what was taken away holds until the next start': () => {
      const seen = new Map<string, Books['grants']>()
      return {
        grantsOf: (books, principal) => {
          const name = `${principal.kind} ${principal.index}`
          const now = RULES.grantsOf(books, principal)
          const before = (seen.get(name) ?? []).filter((grant) => !now.includes(grant))
          seen.set(name, [...before, ...now])
          return seen.get(name) ?? []
        },
      }
    },
    'the last owner may go': () => ({ keepsAnOwner: false }),
    'an invitation is good for what its inviter could give once': () => ({ asksInviterAgain: false }),
    'one approves what one asked for': () => ({ refusesOwnRequest: false }),
    'a role is changed by who may change roles, to anything': () => ({ asksForChangesOfRoles: false }),
    'a role that is held in production is changed by who has none there': () => ({
      asksForProductionOfRoles: false,
    }),
    'an admin makes a token of all that somebody will ever have': () => ({
      keepsWholeTokensToThemselves: false,
    }),
  }

  test.each(Object.entries(MUTANTS))('%s', (_, broken) => {
    const found = fc.check(
      fc.property(draws, (drawn) => play(memorySystem({ ...RULES, ...broken() }), drawn)),
      { seed, numRuns: RUNS, endOnFailure: true },
    )
    expect(found.failed).toBe(true)
  })
})
