/**
 * Renders the Markdown of our documents as HTML that does nothing: headings, paragraphs, lists, quotes, code, bold,
 * italics and links. Whatever else stands in it is shown as text. No HTML passes through, and a link goes only to
 * http, https or mail.
 */
export function renderMarkdown(markdown: string): string {
  const lines = markdown.replace(/\r\n?/g, '\n').split('\n')
  const out: string[] = []
  let at = 0
  while (at < lines.length) {
    const [html, next] = block(lines, at)
    if (html !== '') out.push(html)
    at = next
  }
  return out.join('\n')
}

type Rendered = [html: string, next: number]

const FENCE = /^```/
const HEADING = /^(#{1,4})\s+(.+?)\s*#*$/
const RULE = /^(?:-{3,}|\*{3,}|_{3,})\s*$/
const QUOTE = /^>\s?/
const BULLET = /^[-*+]\s+/
const NUMBER = /^\d{1,3}[.)]\s+/

function block(lines: readonly string[], at: number): Rendered {
  const line = lines[at] ?? ''
  if (line.trim() === '') return ['', at + 1]
  if (FENCE.test(line)) return fence(lines, at)
  const heading = HEADING.exec(line)
  if (heading) {
    // The page has its own first heading.
    const level = Math.min((heading[1] ?? '').length + 1, 4)
    return [`<h${level}>${inline(heading[2] ?? '')}</h${level}>`, at + 1]
  }
  if (RULE.test(line)) return ['<hr>', at + 1]
  if (QUOTE.test(line)) {
    const end = endOf(lines, at, (next) => QUOTE.test(next))
    const quoted = lines.slice(at, end).map((next) => next.replace(QUOTE, ''))
    return [`<blockquote><p>${inline(quoted.join(' '))}</p></blockquote>`, end]
  }
  if (BULLET.test(line)) return list(lines, at, BULLET, 'ul')
  if (NUMBER.test(line)) return list(lines, at, NUMBER, 'ol')
  const end = endOf(lines, at, (next) => next.trim() !== '' && !startsBlock(next))
  return [`<p>${inline(lines.slice(at, end).join(' '))}</p>`, end]
}

function fence(lines: readonly string[], at: number): Rendered {
  const end = endOf(lines, at, (next) => !FENCE.test(next))
  return [`<pre><code>${escaped(lines.slice(at + 1, end).join('\n'))}</code></pre>`, end + 1]
}

/** Lines that are indented belong to the item before them. */
function list(lines: readonly string[], at: number, marker: RegExp, tag: 'ul' | 'ol'): Rendered {
  const end = endOf(lines, at, (next) => marker.test(next) || /^\s{2,}\S/.test(next))
  const items: string[] = []
  for (const line of lines.slice(at, end)) {
    if (marker.test(line)) items.push(line.replace(marker, ''))
    else items.push(`${items.pop() ?? ''} ${line.trim()}`)
  }
  return [`<${tag}>${items.map((item) => `<li>${inline(item)}</li>`).join('')}</${tag}>`, end]
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

/** Code first: nothing in it is anything else. */
function inline(text: string): string {
  const parts = text.split(new RegExp(CODE, 'g'))
  return parts
    .map((part, index) => (index % 2 === 1 ? `<code>${escaped(part)}</code>` : spans(part)))
    .join('')
}

const LINK = /\[([^[\]]+)\]\((?:(https?:\/\/|mailto:)([^\s()<>"']+))\)/g

function spans(text: string): string {
  let html = ''
  let last = 0
  for (const match of text.matchAll(LINK)) {
    const [whole, label = '', scheme = '', rest = ''] = match
    html += emphasis(text.slice(last, match.index))
    html += `<a href="${escaped(scheme + rest)}" rel="noreferrer">${emphasis(label)}</a>`
    last = match.index + whole.length
  }
  return html + emphasis(text.slice(last))
}

function emphasis(text: string): string {
  return escaped(text)
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replace(/(^|[^\w*])\*([^*\s][^*]*)\*(?!\w)/g, '$1<em>$2</em>')
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}
