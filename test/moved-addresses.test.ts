import { afterAll, beforeAll, expect, test } from 'vitest'
import { MOVED } from '../src/api/pages/moved.ts'
import { PAGES } from '../web/paths.ts'
import { type TestApp, testApp } from './app.ts'
import { type ControlPlane, serveControlPlane } from './control-plane.ts'

let app: TestApp
let api: ControlPlane
beforeAll(async () => {
  app = await testApp()
  api = await serveControlPlane(app)
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

const locationOf = async (path: string) => {
  const answer = await fetch(`${api.url}${path}`, { redirect: 'manual' })
  return [answer.status, answer.headers.get('location')]
}

test.each([
  ['/access-requests', '/requests'],
  ['/access-requests/acr_01JD', '/requests/acr_01JD'],
  ['/delivery/dlv_01JD', '/my-keys?delivery=dlv_01JD'],
  ['/training', '/documents'],
  ['/training/doc_01JD', '/documents?document=doc_01JD'],
  ['/account', '/profile'],
  ['/account/email', '/profile'],
])('what a mail said of %s is at %s', async (from, to) => {
  expect(await locationOf(from)).toEqual([301, to])
})

test.each(MOVED)('$from leads to a page that there is', ({ to }) => {
  const { pathname } = new URL(to('some-id'), app.config.url)
  const paths = PAGES.map(({ path }) => new RegExp(`^${path.replace(/\$\w+/g, '[^/]+')}$`))
  expect(paths.filter((path) => path.test(pathname))).toHaveLength(1)
})

test('32: an old address never leads away, whatever stands in it', async () => {
  for (const id of ['%2F%2Fevil.example', '%5C%5Cevil.example', 'x%0D%0Alocation:%20%2F%2Fevil.example']) {
    for (const from of ['/access-requests', '/delivery', '/training']) {
      const [status, location] = await locationOf(`${from}/${id}`)
      const { origin, pathname } = new URL(String(location), app.config.url)
      expect([status, origin]).toEqual([301, new URL(app.config.url).origin])
      expect(pathname).toMatch(/^\/(?:my-keys|documents|requests\/[^/\\]+)$/)
    }
  }
})
