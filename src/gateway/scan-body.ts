/** The members of a JSON object's top level, where they stand in its text. */
export type ScannedBody = {
  /** The body's bytes, one character each (latin1). */
  text: string
  keys: readonly string[]
  /** Where each member's value starts and ends. */
  starts: readonly number[]
  ends: readonly number[]
  /** How many names the objects within each value have, so that a repeated one can be told. */
  nestedKeys: readonly number[]
  /** A nested object uses a name that `WATCHED` lists, or one with an escape. */
  watched: boolean
}

/** Why a body is refused. `param` names the member, when it is about one. */
export class BodyError extends Error {
  override name = 'BodyError'
  readonly param: string | null

  constructor(message: string, param: string | null = null) {
    super(message)
    this.param = param
  }
}

const MAX_DEPTH = 64
const MAX_MEMBERS = 256
const PLAIN_KEY = /^[A-Za-z0-9_.-]{1,64}$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for.
const CONTROL = /[\x00-\x1f]/g
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/**
 * Nested names that say that the model reads more than this text: images, audio, files, other stored objects.
 * Who finds one looks at the parsed body; see `references.ts`.
 */
export const WATCHED: ReadonlySet<string> = new Set([
  'audio',
  'document',
  'file',
  'file_data',
  'file_id',
  'file_ids',
  'file_url',
  'image',
  'image_url',
  'input_audio',
  'source',
  'video_url',
])
const LONGEST_WATCHED = Math.max(...[...WATCHED].map((name) => name.length))

/**
 * Reads the top level of a JSON object, strictly. Whatever it accepts, `JSON.parse` accepts, with the same values.
 * It refuses what two readers could understand differently: names that repeat, also with escapes or in another case,
 * and nesting deeper than 64. It does not build values: that costs more than a whole call. `controls`: whether there
 * may be control characters in it.
 */
export function scanBody(text: string, controls = true): ScannedBody {
  return new Scanner(text, controls).scan()
}

/**
 * The value of the member `name`, or undefined when there is none. Refuses names that repeat anywhere in it: another
 * reader could take the other one. Text outside ASCII comes out as latin1.
 */
export function memberValue(body: ScannedBody, name: string): unknown {
  const index = body.keys.indexOf(name)
  if (index < 0) return undefined
  const value: unknown = JSON.parse(body.text.slice(body.starts[index], body.ends[index]))
  if (countKeys(value) !== body.nestedKeys[index])
    throw new BodyError(`A name in "${name}" appears twice.`, name)
  return value
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const below = Object.values(value).reduce((sum: number, item) => sum + countKeys(item), 0)
  return Array.isArray(value) ? below : below + Object.keys(value).length
}

class Scanner {
  private readonly text: string
  private at = 0
  /** The first control character and the first backslash that have not been passed yet. */
  private control: number
  private backslash: number
  private watched = false
  private keysPassed = 0

  constructor(text: string, controls: boolean) {
    this.text = text
    this.control = controls ? this.nextControl(0) : Number.POSITIVE_INFINITY
    this.backslash = this.nextBackslash(0)
  }

  scan(): ScannedBody {
    const keys: string[] = []
    const starts: number[] = []
    const ends: number[] = []
    const nestedKeys: number[] = []
    this.space()
    if (this.text.charCodeAt(this.at) !== 123) throw new BodyError('The body must be a JSON object.')
    this.at++
    this.space()
    if (this.text.charCodeAt(this.at) === 125) this.at++
    else {
      do {
        this.space()
        const key = this.key()
        if (!PLAIN_KEY.test(key)) throw new BodyError('A name at the top level is not plain ASCII.')
        if (keys.includes(key)) throw new BodyError(`"${key}" appears twice.`, key)
        if (keys.length === MAX_MEMBERS) throw new BodyError(`More than ${MAX_MEMBERS} members.`)
        keys.push(key)
        starts.push(this.at)
        const passed = this.keysPassed
        this.value()
        ends.push(this.at)
        nestedKeys.push(this.keysPassed - passed)
        this.space()
      } while (this.comma(125))
    }
    this.space()
    if (this.at !== this.text.length) throw this.malformed()
    return { text: this.text, keys, starts, ends, nestedKeys, watched: this.watched }
  }

  /** A value and all that is in it, without recursion: `open` remembers what closes each level. */
  private value(): void {
    const open: number[] = []
    for (;;) {
      const code = this.text.charCodeAt(this.at)
      if (code === 123 || code === 91) {
        if (open.length === MAX_DEPTH - 1) throw new BodyError(`Nested deeper than ${MAX_DEPTH} levels.`)
        this.at++
        this.space()
        if (this.text.charCodeAt(this.at) === code + 2) this.at++
        else {
          open.push(code + 2)
          if (code === 123) this.nestedKey()
          continue
        }
      } else if (code === 34) this.string()
      else this.scalar(code)

      // A value has ended: the next one follows a comma, or levels close.
      let more = false
      while (open.length > 0 && !more) {
        this.space()
        const close = open[open.length - 1] as number
        more = this.comma(close)
        if (!more) open.pop()
        else {
          this.space()
          if (close === 125) this.nestedKey()
        }
      }
      if (!more) return
    }
  }

  private nestedKey(): void {
    const from = this.at + 1
    const escapeBefore = this.backslash
    const key = this.key()
    this.keysPassed++
    if (escapeBefore !== this.backslash) this.watched = true
    else if (!this.watched && key.length <= LONGEST_WATCHED && this.at > from && WATCHED.has(key))
      this.watched = true
  }

  /** A name and its colon, up to its value. */
  private key(): string {
    const from = this.at + 1
    if (this.text.charCodeAt(this.at) !== 34) throw this.malformed()
    this.string()
    const key = this.text.slice(from, this.at - 1)
    this.space()
    if (this.text.charCodeAt(this.at) !== 58) throw this.malformed()
    this.at++
    this.space()
    return key
  }

  /** Passes a comma, or `close` and then returns false. */
  private comma(close: number): boolean {
    const code = this.text.charCodeAt(this.at)
    if (code !== 44 && code !== close) throw this.malformed()
    this.at++
    return code === 44
  }

  private string(): void {
    const { text } = this
    let quote = text.indexOf('"', this.at + 1)
    while (quote > this.backslash) {
      const after = this.escape(this.backslash)
      this.backslash = this.nextBackslash(after)
      if (after > quote) quote = text.indexOf('"', after)
    }
    if (quote < 0 || this.control < quote) throw this.malformed()
    this.at = quote + 1
  }

  /** Checks the escape at `at` and returns where it ends. */
  private escape(at: number): number {
    const code = this.text.charCodeAt(at + 1)
    if (code === 117) {
      if (!/^[0-9a-fA-F]{4}$/.test(this.text.slice(at + 2, at + 6))) throw this.malformed()
      return at + 6
    }
    // " \ / b f n r t
    if (
      code !== 34 &&
      code !== 92 &&
      code !== 47 &&
      code !== 98 &&
      code !== 102 &&
      code !== 110 &&
      code !== 114 &&
      code !== 116
    ) {
      throw this.malformed()
    }
    return at + 2
  }

  private scalar(code: number): void {
    const { text, at } = this
    if (code === 116 && text.startsWith('true', at)) this.at += 4
    else if (code === 102 && text.startsWith('false', at)) this.at += 5
    else if (code === 110 && text.startsWith('null', at)) this.at += 4
    else {
      NUMBER.lastIndex = at
      if (!NUMBER.test(text)) throw this.malformed()
      this.at = NUMBER.lastIndex
    }
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at)
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return
      this.at++
      if (this.control < this.at) this.control = this.nextControl(this.at)
    }
  }

  private nextControl(from: number): number {
    CONTROL.lastIndex = from
    return CONTROL.test(this.text) ? CONTROL.lastIndex - 1 : Number.POSITIVE_INFINITY
  }

  private nextBackslash(from: number): number {
    const found = this.text.indexOf('\\', from)
    return found < 0 ? Number.POSITIVE_INFINITY : found
  }

  private malformed(): BodyError {
    return new BodyError(`The body is not valid JSON (near byte ${this.at}).`)
  }
}
