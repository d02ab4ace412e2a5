import type { Target } from './target.ts'

/** What gateways ask the database about money and rate limits, as their metrics count it. */
export const QUESTIONS = ['take', 'give_back', 'shares', 'settle'] as const

export type Asked = Record<(typeof QUESTIONS)[number] | 'all', number>

/** How often these gateways have asked so far, all together. */
export async function askedBy(targets: readonly Target[]): Promise<Asked> {
  const asked: Asked = { take: 0, give_back: 0, shares: 0, settle: 0, all: 0 }
  for (const { port } of targets) {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    for (const [, question, value] of text.matchAll(QUESTION_LINE)) {
      asked[question as keyof Asked] += Number(value)
      asked.all += Number(value)
    }
  }
  return asked
}

const QUESTION_LINE = /^claviger_ledger_questions_total\{question="(\w+)"\} (\d+)$/gm

export function since(before: Asked, after: Asked): Asked {
  const difference = { ...after }
  for (const name of [...QUESTIONS, 'all'] as const) difference[name] -= before[name]
  return difference
}
