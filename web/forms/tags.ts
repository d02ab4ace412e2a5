/** Tags as people type them, `cost-center=42`; a name alone has an empty value. */
export function tagsOf(texts: string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=')
      return at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
    }),
  )
}

export function textsOf(tags: Record<string, string>): string[] {
  return Object.entries(tags).map(([name, value]) => (value === '' ? name : `${name}=${value}`))
}
