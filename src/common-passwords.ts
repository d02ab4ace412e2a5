import { readFileSync } from 'node:fs'
import { join } from 'node:path'

let words: Set<string> | undefined

/** Whether a password, in lower case, is among the most common ones of published leaks. */
export function isCommonPassword(password: string): boolean {
  words ??= new Set(readFileSync(join(import.meta.dirname, 'common-passwords.txt'), 'utf8').split('\n'))
  return words.has(password)
}
