import { expect, test } from 'vitest'
import { testApp } from '../../test/app.ts'
import { attempt, succeeded } from './throttle.ts'

test('of 200 guesses at the same time five are let through, and who is right starts anew', async () => {
  await using app = await testApp()
  const guess = () =>
    attempt(app, ['otp:user:usr_1']).then(
      () => 'tried',
      (error) => error.code,
    )
  const answers = await Promise.all(Array.from({ length: 200 }, guess))
  expect(answers.filter((answer) => answer === 'tried')).toHaveLength(5)
  expect(answers.filter((answer) => answer === 'too_many_attempts')).toHaveLength(195)
  await expect(attempt(app, ['otp:user:usr_1'])).rejects.toMatchObject({
    retryAfterSeconds: expect.any(Number),
  })
  await attempt(app, ['otp:user:usr_2'])
  await succeeded(app, ['otp:user:usr_1'])
  await attempt(app, ['otp:user:usr_1'])
})
