const HOME = '/'
const SOMEWHERE = 'https://claviger.invalid'

/**
 * Where to go after signing in: a path of this installation, whatever a link said. Two slashes, a backslash or a
 * scheme would lead away, and control characters could end the header that this is put into.
 */
export function safeReturnTo(text: string): string {
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(text) || text.includes('\\')) return HOME
  if (!URL.canParse(text, SOMEWHERE)) return HOME
  const { origin, pathname } = new URL(text, SOMEWHERE)
  return origin === SOMEWHERE && !pathname.startsWith('//') ? text : HOME
}
