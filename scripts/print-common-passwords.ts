import { dictionary } from '@zxcvbn-ts/language-common'

/**
 * The most common passwords of published leaks, most common first, one a line (@zxcvbn-ts/language-common, MIT).
 * Nobody is asked whether a password is known: the list comes along.
 */
export function printCommonPasswords(): string {
  const words = new Set(dictionary['passwords-common'].map((word) => word.normalize('NFKC').toLowerCase()))
  return `${[...words].join('\n')}\n`
}
