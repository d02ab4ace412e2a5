import { sql } from 'kysely'
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
  const began = performance.now()
  const answers = await Promise.all(Array.from({ length: 200 }, guess))
  // Five at once; then one after a second, after two more, after four: a busy machine may need that long.
  const waited = Math.floor(Math.log2(1 + (performance.now() - began) / 1000))
  const tried = answers.filter((answer) => answer === 'tried').length
  expect(tried).toBeGreaterThanOrEqual(5)
  expect(tried).toBeLessThanOrEqual(5 + waited)
  expect(answers.filter((answer) => answer === 'too_many_attempts')).toHaveLength(200 - tried)
  await sql`update throttles set blocked_until = blocked_until + interval '1 minute'`.execute(app.db)
  await expect(attempt(app, ['otp:user:usr_1'])).rejects.toMatchObject({
    retryAfterSeconds: expect.any(Number),
  })
  await attempt(app, ['otp:user:usr_2'])
  await succeeded(app, ['otp:user:usr_1'])
  await attempt(app, ['otp:user:usr_1'])
})
