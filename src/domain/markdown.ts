/** A part of a line. Text is as it was written: whoever shows it escapes it. */
export type Span =
  | { kind: 'text' | 'code' | 'strong'; text: string }
  | { kind: 'em'; inside: Span[] }
  | { kind: 'link'; href: string; inside: Span[] }

export type Block =
  | { kind: 'heading'; level: number; inside: Span[] }
  | { kind: 'paragraph' | 'quote'; inside: Span[] }
  | { kind: 'list'; ordered: boolean; items: Span[][] }
  | { kind: 'code'; text: string }
  | { kind: 'rule' }

/**
 * Reads the Markdown of our documents: headings, paragraphs, lists, quotes, code, bold, italics and links. Whatever else
 * stands in it is text. No HTML is read, and a link goes only to http, https or mail.
 */
export function parseMarkdown(markdown: string): Block[] {
  const lines = markdown.replace(/\r\n?/g, '\n').split('\n')
  const blocks: Block[] = []
  let at = 0
  while (at < lines.length) {
    const [block, next] = read(lines, at)
    if (block !== null) blocks.push(block)
    at = next
  }
  return blocks
}

type Read = [block: Block | null, next: number]

const FENCE = /^```/
const HEADING = /^(#{1,4})\s+(.+?)\s*#*$/
const RULE = /^(?:-{3,}|\*{3,}|_{3,})\s*$/
const QUOTE = /^>\s?/
const BULLET = /^[-*+]\s+/
const NUMBER = /^\d{1,3}[.)]\s+/

function read(lines: readonly string[], at: number): Read {
  const line = lines[at] ?? ''
  if (line.trim() === '') return [null, at + 1]
  if (FENCE.test(line)) return fence(lines, at)
  const heading = HEADING.exec(line)
  if (heading) {
    // The page has its own first heading.
    const level = Math.min((heading[1] ?? '').length + 1, 4)
    return [{ kind: 'heading', level, inside: spansOf(heading[2] ?? '') }, at + 1]
  }
  if (RULE.test(line)) return [{ kind: 'rule' }, at + 1]
  if (QUOTE.test(line)) {
    const end = endOf(lines, at, (next) => QUOTE.test(next))
    const quoted = lines.slice(at, end).map((next) => next.replace(QUOTE, ''))
    return [{ kind: 'quote', inside: spansOf(quoted.join(' ')) }, end]
  }
  if (BULLET.test(line)) return list(lines, at, BULLET, false)
  if (NUMBER.test(line)) return list(lines, at, NUMBER, true)
  const end = endOf(lines, at, (next) => next.trim() !== '' && !startsBlock(next))
  return [{ kind: 'paragraph', inside: spansOf(lines.slice(at, end).join(' ')) }, end]
}

function fence(lines: readonly string[], at: number): Read {
  const end = endOf(lines, at, (next) => !FENCE.test(next))
  return [{ kind: 'code', text: lines.slice(at + 1, end).join('\n') }, end + 1]
}

/** Lines that are indented belong to the item before them. */
function list(lines: readonly string[], at: number, marker: RegExp, ordered: boolean): Read {
  const end = endOf(lines, at, (next) => marker.test(next) || /^\s{2,}\S/.test(next))
  const items: string[] = []
  for (const line of lines.slice(at, end)) {
    if (marker.test(line)) items.push(line.replace(marker, ''))
    else items.push(`${items.pop() ?? ''} ${line.trim()}`)
  }
  return [{ kind: 'list', ordered, items: items.map(spansOf) }, end]
}

/** The first line after `at` that does not belong to what begins there. */
function endOf(lines: readonly string[], at: number, belongs: (line: string) => boolean): number {
  let end = at + 1
  while (end < lines.length && belongs(lines[end] ?? '')) end += 1
  return end
}

function startsBlock(line: string): boolean {
  return [FENCE, HEADING, RULE, QUOTE, BULLET, NUMBER].some((marker) => marker.test(line))
}

const CODE = /`([^`]+)`/
const LINK = /\[([^[\]]+)\]\((?:(https?:\/\/|mailto:)([^\s()<>"']+))\)/
const EM = /(?:^|(?<=[^\w*]))\*([^*\s][^*]*)\*(?!\w)/
const STRONG = /\*\*([^*]+)\*\*/

/** Code first: nothing in it is anything else. */
function spansOf(text: string): Span[] {
  return split(text, CODE, ([, code = '']) => ({ kind: 'code', text: code }), linked)
}

function linked(text: string): Span[] {
  const link = ([, label = '', scheme = '', rest = '']: RegExpExecArray): Span => ({
    kind: 'link',
    href: scheme + rest,
    inside: emphasized(label),
  })
  return split(text, LINK, link, emphasized)
}

/** Bold holds no stars, so it is read first; italics may hold it, and see one character in its place. */
function emphasized(text: string): Span[] {
  const bold: string[] = []
  const marked = text.replaceAll(MARK, '').replaceAll(new RegExp(STRONG, 'g'), (_, strong: string) => {
    bold.push(strong)
    return MARK
  })
  const plain = (part: string): Span[] =>
    part
      .split(MARK)
      .flatMap((piece, index) => [
        ...(index === 0 ? [] : [{ kind: 'strong' as const, text: bold.shift() ?? '' }]),
        ...(piece === '' ? [] : [{ kind: 'text' as const, text: piece }]),
      ])
  return split(marked, EM, ([, inside = '']) => ({ kind: 'em', inside: plain(inside) }), plain)
}

/** Not a character (U+FFFF): no text needs it. */
const MARK = '\uffff'

/** What `pattern` finds as spans of its own, in order with what lies between. */
function split(
  text: string,
  pattern: RegExp,
  found: (match: RegExpExecArray) => Span,
  between: (text: string) => Span[],
): Span[] {
  const spans: Span[] = []
  let last = 0
  for (const match of text.matchAll(new RegExp(pattern, 'g'))) {
    spans.push(...between(text.slice(last, match.index)), found(match))
    last = match.index + match[0].length
  }
  return [...spans, ...between(text.slice(last))]
}
