import fc from 'fast-check'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { Markdown } from './Markdown.tsx'

/** What a reader's browser gets of it, without the frame. */
function htmlOf(markdown: string): string {
  const html = renderToStaticMarkup(createElement(Markdown, null, markdown))
  return html.replace(/^<div[^>]*>|<\/div>$/g, '')
}

test.each<[string, string, string]>([
  ['paragraphs', 'one\ntwo\n\nthree', '<p>one two</p><p>three</p>'],
  ['headings, one level down', '# A\n#### B ##', '<h2>A</h2><h4>B</h4>'],
  ['bullets', '- a\n- b\n  more', '<ul><li>a</li><li>b more</li></ul>'],
  ['numbers', '1. a\n2. b', '<ol><li>a</li><li>b</li></ol>'],
  ['a list right after a text', 'a:\n- b', '<p>a:</p><ul><li>b</li></ul>'],
  ['a quote', '> a\n> b', '<blockquote><p>a b</p></blockquote>'],
  ['code', '```sh\n<b>\n```\nx', '<pre><code>&lt;b&gt;</code></pre><p>x</p>'],
  ['code that does not end', '```\na', '<pre><code>a</code></pre>'],
  ['emphasis', 'a **b** *c* `d**e**`', '<p>a <strong>b</strong> <em>c</em> <code>d**e**</code></p>'],
  ['stars that are none', '2 * 3 * 4', '<p>2 * 3 * 4</p>'],
  [
    'a link',
    '[x](https://a.example/?b=1&c)',
    '<p><a href="https://a.example/?b=1&amp;c" target="_blank" rel="noreferrer noopener">x</a></p>',
  ],
  ['a link that would run', '[x](javascript:alert(1))', '<p>[x](javascript:alert(1))</p>'],
  ['a link out of its quotes', '[x](https://a"onclick=1)', '<p>[x](https://a&quot;onclick=1)</p>'],
  ['HTML is text', '<script>1</script>', '<p>&lt;script&gt;1&lt;/script&gt;</p>'],
  ['a rule', 'a\n\n---\nb', '<p>a</p><hr/><p>b</p>'],
])('%s', (_, markdown, html) => {
  expect(htmlOf(markdown)).toBe(html)
})

const TAGS =
  /<\/?(?:p|h[2-4]|ul|ol|li|blockquote|pre|code|strong|em)>|<hr\/>|<a href="(?:https?:\/\/|mailto:)[^\s"<>']+" target="_blank" rel="noreferrer noopener">|<\/a>/g

test('whatever is written, nothing but our own tags is in it', () => {
  const hostile = fc.array(
    fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '&',
      '`',
      '*',
      '**',
      '[',
      ']',
      '(',
      ')',
      '\n',
      '- ',
      '# ',
      '> ',
      'a',
      ' ',
      '```',
      'https://',
      'javascript:',
      'mailto:',
      'onclick=',
      '<img src=x onerror=1>',
      '1. ',
    ),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(hostile, (parts) => {
      const rest = htmlOf(parts.join('')).replace(TAGS, '')
      return !/[<>"']/.test(rest)
    }),
    { numRuns: 5_000 },
  )
})
