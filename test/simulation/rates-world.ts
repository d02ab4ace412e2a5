import type { FigureKey, ShareAnswer, ShareRequest } from '../../src/db/rate-shares.ts'
import { MINUTE_MS, type RateLimit } from '../../src/domain/rate-limit.ts'
import { DIMENSIONS, type Dimension } from '../../src/domain/rate-share.ts'
import { type AskShares, createRateShares, type RateShares } from '../../src/ledger/rate-shares.ts'
import { createRates, type RateHold, type Rates } from '../../src/ledger/rates.ts'
import { createLog } from '../../src/log.ts'
import {
  type AuthoritySabotage,
  type Figures,
  modelRates,
  NO_FIGURES,
  poolFaults,
  type RateMessage,
} from './model-rates.ts'
import { type Random, randomFrom } from './random.ts'
import { settled, type VirtualTime, virtualTime } from './virtual-time.ts'

/** In one world. */
export const RATE_STEPS = 400
const EPOCH = Date.UTC(2026, 10, 21)
const NODES = 3
/** How long a node is trusted that the database does not hear from. */
export const TRUSTED_MS = 10_000
const BEAT_MS = 2_000
const TIMEOUT_MS = 5_000
/** A changed figure reaches the snapshots of keys within this, on nodes that have the database. */
const CHANGE_MS = 2_000

/** What may be broken on purpose, to see that the invariants notice. */
export type RateSabotage = AuthoritySabotage & {
  request?: (request: ShareRequest) => ShareRequest
  hearsNoLapse?: boolean
  hearsNoRecall?: boolean
  /** What was given back is counted on all the same. */
  usesWhatItGaveBack?: boolean
}

/** What a call did, as the simulation saw it from outside. */
type Call = {
  node: Node
  run: number
  limitIds: string[]
  held: RateHold
  atMs: number
  heldTokens: number
  tokens: number
  running: boolean
}

type Network = 'works' | 'is down' | 'loses answers'

type Node = {
  id: string
  network: Network
  /** Null while it is dead. */
  rates: Rates | null
  run: number
  trustedUntil: number
  shares: RateShares | null
  /** The figures as this node's snapshots of keys have them. */
  known: Map<string, Figures>
}

/**
 * Nodes with the real rules, one authority, a network that fails, delays and loses answers, a database that hangs, nodes that die and
 * come back, figures that change: all of it follows from a seed. What is counted is counted here once more, from
 * outside; `check` holds after every step, and at the moment of every admission.
 */
export async function runRates(seed: number, steps: number, sabotage: RateSabotage = {}): Promise<RateTally> {
  using time = virtualTime(EPOCH)
  const world = createWorld(randomFrom(seed), time, sabotage)
  for (let step = 0; step < steps; step++) {
    await world.step()
    world.check()
  }
  await world.finish()
  return { admitted: world.calls.length, virtualMs: time.now() }
}

/** How many calls were let in, and how long that took in the world's time. */
export type RateTally = { admitted: number; virtualMs: number }

function createWorld(random: Random, time: VirtualTime, sabotage: RateSabotage) {
  const now = () => Date.now()
  const model = modelRates(now, sabotage)
  const log = createLog({ logLevel: 'silent' }, () => {})
  const calls: Call[] = []
  /** Every figure each limit had, and until when it was the figure. */
  const history = new Map<string, { figures: Figures; until: number }[]>()
  const faults: string[] = []
  let calm = false
  const limitIds = ['wide', 'narrow', 'tokens']
  model.limits.set('wide', { requests: 40, tokens: 900, concurrent: 8 })
  model.limits.set('narrow', { ...NO_FIGURES, requests: 12 })
  model.limits.set('tokens', { ...NO_FIGURES, tokens: 300 })
  const nodes = Array.from({ length: NODES }, (_, index): Node => {
    const network = 'works' as const
    const known = new Map(model.limits)
    return { id: `node_${index}`, network, rates: null, run: 0, trustedUntil: 0, shares: null, known }
  })
  for (const node of nodes) start(node)
  const beating = setInterval(() => {
    for (const node of nodes) beat(node)
  }, BEAT_MS)

  function start(node: Node): void {
    node.network = 'works'
    node.run = model.start(node.id, TRUSTED_MS)
    node.trustedUntil = now() + TRUSTED_MS
    node.known = new Map(model.limits)
    model.returnPast(node.id, node.run, countedLately)
    const run = node.run
    /** Nodes do not agree about where a second starts. */
    const origin = random.int(100_000)
    const monotonic = () => now() - origin
    let last: Promise<unknown> = Promise.resolve()
    let turn = 0
    const ask: AskShares = (requests, heard) => {
      const answer = last.then(async () => heard(await question(node, run, ++turn, requests())))
      last = answer.catch(() => {})
      return answer
    }
    node.shares = createRateShares({ ask, monotonic, log })
    node.rates = createRates(monotonic, node.shares)
  }

  async function question(
    node: Node,
    run: number,
    turn: number,
    requests: readonly ShareRequest[],
  ): Promise<ShareAnswer[]> {
    const { network } = node
    const sent = requests.map(sabotage.request ?? ((same) => same))
    await delay(random.int(20))
    if (network === 'is down') throw new Error('the network is down')
    if (!calm && random.chance(0.05)) {
      delay(TIMEOUT_MS + random.int(2 * TIMEOUT_MS)).then(() => model.take(node.id, run, turn, sent))
      await delay(TIMEOUT_MS)
      throw new Error('the database did not answer')
    }
    const answers = model.take(node.id, run, turn, sent)
    deliver(model.messages.splice(0))
    await delay(random.int(20))
    if (node.network !== 'works' || network === 'loses answers') throw new Error('the answer is lost')
    if (!sabotage.usesWhatItGaveBack) return answers
    return answers.map((answer, at) => ({
      ...answer,
      amount: Math.max(answer.amount, requests[at]?.needed ?? 0) + 10,
    }))
  }

  function deliver(messages: RateMessage[]): void {
    for (const { topic, id, nodeId } of messages) {
      for (const node of nodes) {
        if (node.id === nodeId || node.network !== 'works' || sabotage.hearsNoRecall) continue
        delay(random.int(20)).then(() =>
          topic === 'rate-recall' ? node.rates?.recall(id) : node.rates?.returned(id),
        )
      }
    }
  }

  function beat(node: Node): void {
    if (!node.rates || node.network === 'is down') return
    model.beat(node.id, TRUSTED_MS)
    if (node.network === 'loses answers') return
    if (now() >= node.trustedUntil && !sabotage.hearsNoLapse) node.shares?.lapsed()
    node.trustedUntil = now() + TRUSTED_MS
    node.known = new Map(model.limits)
  }

  function limitsOf(node: Node, ids: readonly string[]): RateLimit[] {
    return ids.map((id) => {
      const figures = node.known.get(id) ?? NO_FIGURES
      return {
        id,
        scope: { type: 'organization', id: 'org' },
        requestsPerMinute: figures.requests,
        tokensPerMinute: figures.tokens,
        concurrentCalls: figures.concurrent,
        providerId: null,
        modelPattern: null,
      }
    })
  }

  async function call(node: Node): Promise<void> {
    const { rates, run } = node
    if (!rates) return
    const tokens = random.int(40)
    const ids = limitIds.filter(() => random.chance(0.7))
    const limits = limitsOf(node, ids)
    const preparing = rates.prepare(limits, tokens)
    if (preparing) await preparing
    if (node.run !== run || !node.rates || now() >= node.trustedUntil) return
    const held = rates.hold(limits, tokens)
    if ('refused' in held) return
    const made = { node, run, limitIds: ids, held, atMs: now(), heldTokens: tokens, tokens, running: true }
    calls.push(made)
    for (const { id } of limits) for (const dimension of DIMENSIONS) judge({ limitId: id, dimension })
  }

  const ofLastMinute = (limitId: string, ms = MINUTE_MS) =>
    calls.filter((made) => made.limitIds.includes(limitId) && now() - made.atMs < ms)

  /** A call that goes on when its node is not trusted any more is not waited for: its slot is given to others. */
  const counts = ({ node, run, running, atMs }: Call) =>
    running && node.rates !== null && node.run === run && atMs > (lapsedAt.get(node) ?? -1)
  const lapsedAt = new Map<Node, number>()

  /** At the moment of an admission, everything that counts is within the figure. */
  function judge({ limitId, dimension }: FigureKey): void {
    const most = mostLately(limitId, dimension)
    if (most === null) return
    const lately = ofLastMinute(limitId)
    let counted = lately.length
    let allowed = most
    if (dimension === 'tokens') {
      counted = sum(lately.map((made) => made.tokens))
      allowed += sum(lately.map((made) => Math.max(0, made.tokens - made.heldTokens)))
    }
    if (dimension === 'concurrent')
      counted = calls.filter((made) => made.limitIds.includes(limitId) && counts(made)).length
    if (counted > allowed) faults.push(`${dimension} of ${limitId}: ${counted} count, the most is ${allowed}`)
  }

  /** The largest figure that a trusted node can still have known. */
  function mostLately(limitId: string, dimension: Dimension): number | null {
    const since = now() - TRUSTED_MS - CHANGE_MS
    const past = (history.get(limitId) ?? [])
      .filter(({ until }) => until > since)
      .map(({ figures }) => figures[dimension])
    const known = [...past, model.limits.get(limitId)?.[dimension] ?? null]
    return known.reduce((most, figure) => (most === null || figure === null ? null : Math.max(most, figure)))
  }

  /** What the usage rows say at a start: null for tokens when a call died whose tokens nobody knows. */
  function countedLately({ limitId, dimension }: FigureKey): number | null {
    const lately = ofLastMinute(limitId, 65_000)
    if (dimension === 'requests') return lately.length
    const died = lately.some((made) => made.running && (made.node.run !== made.run || !made.node.rates))
    return died ? null : sum(lately.map((made) => made.tokens))
  }

  function settle(): void {
    const running = calls.filter((made) => made.running && made.node.rates && made.node.run === made.run)
    if (running.length === 0) return
    const made = random.pick(running)
    made.running = false
    made.tokens = random.chance(0.9) ? random.int(made.heldTokens + 1) : made.heldTokens + random.int(30)
    made.node.rates?.settle(made.held, made.tokens)
  }

  function changeFigure(): void {
    const id = random.pick(limitIds)
    const figures = model.limits.get(id) ?? NO_FIGURES
    const past = history.get(id) ?? []
    history.set(id, [...past, { figures, until: now() }])
    const factor = random.pick([0.3, 0.6, 1.5, 3])
    const changed = (figure: number | null) =>
      figure === null ? null : Math.min(1_000, Math.max(4, Math.round(figure * factor)))
    model.limits.set(id, {
      requests: changed(figures.requests),
      tokens: changed(figures.tokens),
      concurrent: changed(figures.concurrent),
    })
  }

  function die(node: Node): void {
    node.rates = null
    if (random.chance(0.3)) model.stop(node.id)
  }

  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 100) {
      await time.advance(Math.min(100, left))
      for (const node of nodes) if (now() >= node.trustedUntil) lapsedAt.set(node, now())
    }
  }

  /** One node is alone for longer than it is trusted, and its minute, while the others go on; then it is back. */
  async function outage(node: Node): Promise<void> {
    node.network = 'is down'
    for (let ms = 0; ms < TRUSTED_MS + MINUTE_MS + 5_000; ms += 1_000) {
      void call(random.pick(nodes))
      settle()
      await pass(1_000)
    }
    node.network = 'works'
    beat(node)
    for (let times = 0; times < 20; times++) void call(node)
  }

  async function step(): Promise<void> {
    const node = random.pick(nodes)
    const roll = random.int(100)
    if (roll < 50) for (let times = random.int(4); times >= 0; times--) void call(node)
    else if (roll < 75) settle()
    else if (roll < 90) await pass(random.int(600))
    else if (roll < 91) await pass(random.int(30_000))
    else if (roll < 92) await outage(node)
    else if (roll < 95) node.network = random.pick(['works', 'is down', 'loses answers'])
    else if (roll < 96) changeFigure()
    else if (roll < 97) die(node)
    else if (roll < 98) {
      if (random.chance(0.5)) die(node)
      if (!node.rates) start(node)
    } else await node.rates?.tidy()
    await pass(random.int(20))
    await settled()
  }

  function check(): void {
    const [fault] = [...faults, ...poolFaults(model.pools.values())]
    if (fault) throw new Error(fault)
  }

  /** When all is well again one node can have everything, whoever had it before. */
  async function finish(): Promise<void> {
    calm = true
    for (const node of nodes) {
      node.network = 'works'
      if (!node.rates) start(node)
    }
    await pass(20_000)
    while (calls.some((made) => made.running && made.node.run === made.run)) settle()
    await pass(70_000)
    const node = random.pick(nodes)
    const most = model.limits.get('wide')?.concurrent ?? 0
    const before = calls.length
    for (let waits = 0; waits < 20 && calls.length - before < most; waits++) {
      for (let times = calls.length - before; times < most; times++) void oneCall(node)
      await pass(500)
    }
    if (calls.length - before < most) throw new Error(`${calls.length - before} of ${most} could be had`)
    check()
    clearInterval(beating)
  }

  async function oneCall(node: Node): Promise<void> {
    const limits = limitsOf(node, ['wide'])
    await node.rates?.prepare(limits, 1)
    const held = node.rates?.hold(limits, 1)
    if (!held || 'refused' in held) return
    const made = { atMs: now(), heldTokens: 1, tokens: 1, running: true }
    calls.push({ ...made, node, run: node.run, limitIds: ['wide'], held })
    judge({ limitId: 'wide', dimension: 'concurrent' })
  }

  return { step, check, finish, calls }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0)
}
