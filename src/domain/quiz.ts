/** A question with its options; `correct` are the places of those that are right, from 0. */
export type Question = { question: string; options: readonly string[]; correct: readonly number[] }

/** What a reader sees of a question: never which option is right. */
export type AskedQuestion = {
  question: string
  options: string[]
  /** More than one option is right. */
  several: boolean
}

export function askedOf({ question, options, correct }: Question): AskedQuestion {
  return { question, options: [...options], several: correct.length > 1 }
}

/**
 * How much of a quiz was answered rightly, in whole percent, rounded down: a pass mark is never reached by rounding.
 * A question counts when exactly its right options were chosen. Null when there is nothing to answer.
 */
export function scorePercent(
  quiz: readonly Question[],
  answers: readonly (readonly number[])[],
): number | null {
  if (quiz.length === 0) return null
  const right = quiz.filter(({ correct }, index) => sameSet(correct, answers[index] ?? [])).length
  return Math.floor((right * 100) / quiz.length)
}

function sameSet(one: readonly number[], other: readonly number[]): boolean {
  const [left, right] = [new Set(one), new Set(other)]
  return left.size === right.size && [...left].every((item) => right.has(item))
}
