/** A browser of tests: it keeps cookies, and says where a form comes from. */
export type Browser = {
  jar: Map<string, string>
  /** Opens a page or, with fields, sends a form. Follows nothing. */
  go(path: string, fields?: Record<string, string>, headers?: Record<string, string>): Promise<Page>
}

type Page = { status: number; headers: Headers; to: string | null; text: string }

/** At `url`, which calls itself `origin`. */
export function browserAt(url: string, origin: string): Browser {
  const jar = new Map<string, string>()
  return {
    jar,
    async go(path, fields, headers = {}) {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const answer = await fetch(`${url}${path}`, {
        redirect: 'manual',
        headers: { cookie, ...(fields && { origin }), ...headers },
        ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
      })
      for (const set of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
        if (value === '') jar.delete(name)
        else jar.set(name, value)
      }
      return {
        status: answer.status,
        headers: answer.headers,
        to: answer.headers.get('location'),
        text: await answer.text(),
      }
    },
  }
}
