import type { Client } from '../src/contract/client.ts'

/** What a page answered, where the browser ended up. `to` is where it sends the browser on to. */
export type Page = { status: number; url: string; headers: Headers; to: string | null; text: string }

export type Browser = {
  /** Opens an address, or sends a form to it, and follows wherever that leads. */
  go(address: string, form?: Record<string, string>): Promise<Page>
  /** The same, one step: a redirect is an answer. */
  step(address: string, form?: Record<string, string>, headers?: Record<string, string>): Promise<Page>
  /** The cookies of an origin, by name. */
  cookies(origin: string): Map<string, string>
  /** The API as a page of the first origin asks it: with its cookies, and saying where it comes from. */
  client: Client
}

const MOST_REDIRECTS = 20

/**
 * A browser: it keeps cookies for each origin, says where its forms come from, and follows redirects. `at` says where
 * an origin is really served, as a hosts file would. Paths alone are of the first of those.
 */
export function browser(at: Record<string, string> = {}): Browser {
  const jars = new Map<string, Map<string, string>>()
  const cookies = (origin: string) => {
    const jar = jars.get(origin) ?? new Map<string, string>()
    jars.set(origin, jar)
    return jar
  }
  const [home = 'http://nowhere.invalid'] = Object.keys(at)

  async function ask(url: URL, init: RequestInit): Promise<Response> {
    const jar = cookies(url.origin)
    const headers = new Headers(init.headers)
    headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    if (init.method && init.method !== 'GET' && !headers.has('origin')) headers.set('origin', url.origin)
    const where = `${at[url.origin] ?? url.origin}${url.pathname}${url.search}`
    const answer = await fetch(where, { redirect: 'manual', ...init, headers })
    for (const set of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    return answer
  }

  async function step(
    address: string,
    form?: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Page> {
    const url = new URL(address, home)
    const sent = form && { method: 'POST', body: new URLSearchParams(form) }
    const answer = await ask(url, { ...sent, headers })
    const { status, headers: told } = answer
    return { status, url: url.href, headers: told, to: told.get('location'), text: await answer.text() }
  }

  return {
    cookies,
    step,
    client: { baseUrl: home, token: null, fetch: (input, init = {}) => ask(new URL(String(input)), init) },
    async go(address, form) {
      let page = await step(address, form)
      for (let i = 0; page.to !== null; i++) {
        if (i === MOST_REDIRECTS) throw new Error(`redirected for ever, at last to ${page.url}`)
        page = await step(new URL(page.to, page.url).href)
      }
      return page
    },
  }
}

/** A browser of one origin, served at `url`, that follows nothing. */
export type FormBrowser = { jar: Map<string, string>; go: Browser['step']; client: Client }

export function browserAt(url: string, origin: string): FormBrowser {
  const { cookies, step, client } = browser({ [origin]: url })
  return { jar: cookies(origin), go: step, client }
}
