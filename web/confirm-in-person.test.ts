import { expect, test } from 'vitest'
import { teamCreate } from '../src/contract/teams.ts'
import { confirmInPerson, subscribe, type Waiting, whatWaits } from './confirm-in-person.ts'

const asked = (name: string) => ({ body: { name } })

/** What is asked next. */
const nextWaiting = () =>
  new Promise<Waiting>((resolve) => {
    const stop = subscribe(() => {
      const waiting = whatWaits()
      if (waiting === null) return
      stop()
      resolve(waiting)
    })
  })

test('an answer that comes late leaves the question open that took its place', async () => {
  const firstAsked = nextWaiting()
  const first = confirmInPerson(teamCreate, asked('first'))
  const { done } = await firstAsked
  const secondAsked = nextWaiting()
  const second = confirmInPerson(teamCreate, asked('second'))
  const waiting = await secondAsked
  await expect(first).rejects.toMatchObject({ code: 'confirmation_cancelled' })

  done('stp_first')
  expect(whatWaits()).toBe(waiting)

  waiting.done('stp_second')
  await expect(second).resolves.toBe('stp_second')
  expect(whatWaits()).toBeNull()
})
