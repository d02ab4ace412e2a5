import { expect, test } from 'vitest'
import { readJson } from './read-json.ts'

test('a caller who hangs up in the middle of a body has made a bad request: it is no bug of ours', async () => {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"name":')),
    pull: (controller) => controller.error(new Error('aborted')),
  })
  const request = new Request('http://localhost', { method: 'POST', body, duplex: 'half' })
  await expect(readJson(request)).rejects.toMatchObject({ code: 'invalid_request' })
})
