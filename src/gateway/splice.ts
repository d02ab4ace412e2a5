import { memberValue, type ScannedBody } from './scan-body.ts'

/** One change to a body: what stands from `start` to `end` becomes `text`. Everything else goes out as it came in. */
export type Splice = { start: number; end: number; text: string }

/** The body with its splices, which do not overlap. */
export function spliced(text: string, splices: readonly Splice[]): string {
  if (splices.length === 0) return text
  let out = ''
  let from = 0
  for (const splice of splices.toSorted((a, b) => a.start - b.start)) {
    out += text.slice(from, splice.start) + splice.text
    from = splice.end
  }
  return out + text.slice(from)
}

/** Gives the member `name` the value `json`, whether it is there or not. The body is not empty. */
export function setMember(body: ScannedBody, name: string, json: string): Splice {
  const index = body.keys.indexOf(name)
  const start = body.starts[index]
  const end = body.ends[index]
  if (start !== undefined && end !== undefined) return { start, end, text: json }
  const first = body.text.indexOf('{') + 1
  return { start: first, end: first, text: `"${name}":${json},` }
}

/** Asks for the usage of a stream, when its caller did not: without it there is nothing to settle by. */
export function askForUsage(body: ScannedBody): Splice | null {
  const options = memberValue(body, 'stream_options')
  if (options === undefined || options === null)
    return setMember(body, 'stream_options', '{"include_usage":true}')
  if (typeof options !== 'object' || Array.isArray(options)) return null
  if ('include_usage' in options && options.include_usage === true) return null
  return setMember(body, 'stream_options', JSON.stringify({ ...options, include_usage: true }))
}
