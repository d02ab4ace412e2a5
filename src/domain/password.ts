/** Length is what makes a password hard to guess: there are no rules about its characters, and it never expires. */
export const MIN_CHARACTERS = 15
/** Longer ones cost more to hash and add nothing. In UTF-8. */
export const MAX_BYTES = 1024

/** Whose password it is to be: it must not be made of what everybody knows of them. */
export type PasswordOwner = { email: string; organization: string }

/** What is wrong with a new password, to be read by the person who chose it; null when nothing is. */
export function passwordProblem(
  password: string,
  { email, organization }: PasswordOwner,
  isCommon: (word: string) => boolean,
): string | null {
  if ([...password].length < MIN_CHARACTERS) {
    return `use at least ${MIN_CHARACTERS} characters: a few words that belong together only for you`
  }
  if (isTooLong(password)) return `use at most ${MAX_BYTES} bytes`
  const plain = password.normalize('NFKC').toLowerCase()
  const core = unitOf(plain.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, ''))
  if ([plain, unitOf(plain), core].some((word) => word.length < 4 || isCommon(word))) {
    return 'this is one of the passwords that are guessed first: choose another'
  }
  const known = [email.split('@')[0] ?? '', organization.toLowerCase()]
  const rest = known
    .filter((word) => word.length >= 3)
    .reduce((left, word) => left.replaceAll(word, ''), plain)
  if ([...rest].length < MIN_CHARACTERS / 2) {
    return 'leave out your address and the name of the organization'
  }
  return null
}

export function isTooLong(password: string): boolean {
  return new TextEncoder().encode(password).length > MAX_BYTES
}

/** What a text repeats: `abcabcabc` is `abc`. */
function unitOf(text: string): string {
  return /^(.+?)\1+$/su.exec(text)?.[1] ?? text
}
