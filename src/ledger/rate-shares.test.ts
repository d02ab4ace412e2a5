import { expect, test } from 'vitest'
import type { ShareAnswer, ShareRequest } from '../db/rate-shares.ts'
import { createLog } from '../log.ts'
import { createRateShares, newFigure } from './rate-shares.ts'

const MOST = 10

test('a call whose question only gave back, since another node was short, asks again while some is left', async () => {
  let nowMs = 0
  let mine = 0
  let meanwhile = () => {}
  const asked: ShareRequest[] = []
  const shares = createRateShares({
    // One other node has one.
    async ask(requests, heard) {
      await Promise.resolve()
      meanwhile()
      const answers = requests().map((request): ShareAnswer => {
        asked.push(request)
        mine = Math.min(MOST - 1, request.kept + request.wanted)
        const { limitId, dimension } = request
        return { limitId, dimension, most: MOST, amount: mine, over: 0, left: MOST - 1 - mine, liveNodes: 2 }
      })
      // A database that is slow: by now a call has waited for as long as it does for others.
      nowMs += 400
      heard(answers)
    },
    monotonic: () => nowMs,
    log: createLog({ logLevel: 'silent' }),
  })
  const figure = newFigure('rlm_1', 'concurrent', null)
  figure.running = 5
  figure.most = MOST
  await shares.obtain(figure, 2)
  expect(figure.share?.amount).toBe(7)

  meanwhile = () => {
    meanwhile = () => {}
    shares.recall(figure)
  }
  await shares.obtain(figure, 4)
  expect(asked.map(({ kept, wanted }) => [kept, wanted])).toEqual([
    [0, 7],
    [5, 0],
    [5, 4],
  ])
  expect(figure.share?.amount).toBe(9)
  expect(shares.lacks(figure, MOST, 4, nowMs)).toBe(false)
})
