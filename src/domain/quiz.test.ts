import { describe, expect, test } from 'vitest'
import { askedOf, type Question, scorePercent } from './quiz.ts'

const one: Question = { question: 'Which?', options: ['a', 'b', 'c'], correct: [1] }
const two: Question = { question: 'Which two?', options: ['a', 'b', 'c'], correct: [0, 2] }

test('a reader sees whether several options are right, and not which', () => {
  expect(askedOf(two)).toEqual({ question: 'Which two?', options: ['a', 'b', 'c'], several: true })
  expect(JSON.stringify(askedOf(one))).not.toContain('correct')
})

describe('a question counts when exactly its right options were chosen', () => {
  test.each<[string, Question[], number[][], number | null]>([
    ['nothing to answer', [], [], null],
    ['all right', [one, two], [[1], [2, 0]], 100],
    ['half right', [one, two], [[1], [0]], 50],
    ['one too many', [one], [[0, 1]], 0],
    ['the same option twice is one', [two], [[0, 2, 2]], 100],
    ['twice one of two is not both', [two], [[0, 0]], 0],
    ['no answer', [one], [[]], 0],
    ['fewer answers than questions', [one, two], [[1]], 50],
    ['two of three is 66, not 67', [one, one, one], [[1], [1], [0]], 66],
  ])('%s', (_, quiz, answers, expected) => {
    expect(scorePercent(quiz, answers)).toBe(expected)
  })
})
