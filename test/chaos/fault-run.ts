import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from '../../src/app.ts'
import type { Random } from '../simulation/random.ts'
import { type Cluster, type ClusterNode, nodeOf } from './cluster.ts'
import type { Planned } from './fault-plan.ts'

const PATIENCE_MS = 60_000
const LONGEST_PEACE_MS = 300

/** A fault that happened, and until when what happened is counted as its: until the next one. */
export type Struck = { fault: string; fromMs: number; untilMs: number; recoveryMs: number }

/** How the table calls it when two faults strike at once. */
export const TWO_AT_ONCE = 'two of these at once'

/**
 * Strikes as planned, always waiting until each node that was hit has answered a call again: `probe` is a key that
 * nothing limits, and its calls are noted in `sentAt`.
 */
export async function strikeAll(
  cluster: Cluster,
  db: Db,
  plan: readonly Planned[][],
  random: Random,
  probe: string,
  sentAt: Map<string, number>,
): Promise<Struck[]> {
  const struck: Struck[] = []
  for (const planned of plan) {
    const databaseFails = planned.some(({ fault }) => fault.part === 'database')
    const strikes = planned.map(({ fault, node, random }) => ({
      fault,
      strike: { cluster, node: nodeOf(cluster, node), random, db, databaseFails },
    }))
    await sleep(random.int(LONGEST_PEACE_MS))
    const fromMs = Date.now()
    const before = struck.at(-1)
    if (before) before.untilMs = fromMs
    await Promise.all(strikes.map(({ fault, strike }) => fault.strike(strike)))
    const mendedMs = Date.now()
    const names = planned.map(({ fault }) => fault.name)
    const hit = new Set(strikes.map(({ strike }) => strike.node))
    await Promise.all([...hit].map((node) => untilItAnswers(node, probe, names.join(' and '), sentAt)))
    const recoveryMs = Date.now() - mendedMs
    const fault = names.length === 1 ? (names[0] ?? '') : TWO_AT_ONCE
    struck.push({ fault, fromMs, untilMs: Number.POSITIVE_INFINITY, recoveryMs })
  }
  return struck
}

async function untilItAnswers(
  node: ClusterNode,
  secret: string,
  fault: string,
  sentAt: Map<string, number>,
): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  let answer = ''
  for (let n = 0; answer !== '200'; n++) {
    if (Date.now() > deadline) {
      const said = node.process.program.said().slice(-2_000)
      throw new Error(`${node.name} answers ${answer} a minute after: ${fault}\n${said}`)
    }
    const user = `probe-${node.name}-${Date.now()}-${n}`
    sentAt.set(user, Date.now())
    answer = await answerOf(node, secret, user)
    if (answer !== '200') await sleep(20)
  }
}

/** Its status, with what it says when it is not 200. */
async function answerOf({ url, modelOf }: ClusterNode, secret: string, user: string): Promise<string> {
  try {
    const answer = await fetch(`${url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: modelOf('quick'), user, input: 'Hello', max_output_tokens: 1 }),
      signal: AbortSignal.timeout(5_000),
    })
    const text = await answer.text()
    return answer.status === 200 ? '200' : `${answer.status} ${text}`
  } catch (error) {
    return String(error)
  }
}
