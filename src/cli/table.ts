import { stripVTControlCharacters, styleText } from 'node:util'

export type Row = Record<string, unknown>

/** Rows as aligned columns under their headings. */
export function table(rows: Row[], columns: string[]): string {
  const cells = rows.map((row) => columns.map((column) => cell(row[column])))
  const widths = columns.map((column, i) =>
    Math.max(width(heading(column)), ...cells.map((line) => width(line[i] ?? ''))),
  )
  const line = (texts: string[]) =>
    texts
      .map((text, i) => pad(text, widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  return [bold(line(columns.map(heading))), ...cells.map(line)].join('\n')
}

/** One thing as a list of those of its fields that hold something; what lies inside others is named with dots. */
export function record(row: Row): string {
  const fields = flatten(row)
  const widest = Math.max(...fields.map(([name]) => name.length))
  return fields.map(([name, value]) => `${bold(pad(name, widest))}  ${cell(value)}`).join('\n')
}

function flatten(row: Row, prefix = ''): [string, unknown][] {
  return told(row).flatMap(([key, value]): [string, unknown][] => {
    const name = `${prefix}${label(key)}`
    if (isRow(value)) return flatten(value, `${name}.`)
    if (Array.isArray(value) && value.some(isRow)) return value.map((item) => [name, inOneLine(item)])
    return [[name, value]]
  })
}

/** What a person wants to know of it: `version` is for programs, and so is what is empty. */
function told(row: Row): [string, unknown][] {
  return Object.entries(row).filter(
    ([key, value]) =>
      key !== 'version' && value !== null && value !== undefined && value !== '' && !isEmptyRow(value),
  )
}

function isEmptyRow(value: unknown): boolean {
  return isRow(value) && Object.keys(value).length === 0
}

/** `hint sk-cvg-stg-…x7Qa, state current`: the items of a list have no room for their ids. */
function inOneLine(item: unknown): string {
  return isRow(item)
    ? told(item)
        .filter(([key]) => key !== 'id')
        .map(([key, value]) => `${label(key)} ${cell(value)}`)
        .join(', ')
    : cell(item)
}

export function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What lies at a path such as `window.spentUsd` or `secrets.0.hint`. */
export function valueAt(row: Row, path: string): unknown {
  const step = (value: unknown, key: string) =>
    typeof value === 'object' ? (value as Row | null)?.[key] : undefined
  return path.split('.').reduce<unknown>(step, row)
}

/** A value as people read it. Names come from other people: what could steer a terminal is taken out. */
export function cell(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  // An empty list says something: a policy that lists no model allows none.
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(cell).join(', ')
  if (isRow(value))
    return (
      Object.entries(value)
        .map(([key, inner]) => `${key}=${cell(inner)}`)
        .join(', ') || '-'
    )
  const text = String(value)
  const time = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(\.\d+)?Z$/.exec(text)
  return time ? `${time[1]} ${time[2]}Z` : printable(text)
}

export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it takes out.
  return stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
}

/** `environmentId` → `ENVIRONMENT`, `window.spentUsd` → `SPENT USD`. */
function heading(column: string): string {
  return label(column.split('.').at(-1) ?? column).toUpperCase()
}

/** `environmentId` → `environment`: what is shown is its name. */
function label(key: string): string {
  return words(key.replace(/(?<=.)Id$/, ''))
}

/** `limitUsd` → `limit usd`. */
function words(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

function pad(text: string, size: number): string {
  return text + ' '.repeat(Math.max(0, size - width(text)))
}

/** Columns on a terminal; wide scripts take two. */
function width(text: string): number {
  let columns = 0
  for (const letter of text)
    columns += /\p{sc=Han}|\p{sc=Hiragana}|\p{sc=Katakana}|\p{sc=Hangul}|\p{Emoji_Presentation}/u.test(letter)
      ? 2
      : 1
  return columns
}

function bold(text: string): string {
  return styleText('bold', text, { stream: process.stdout })
}
