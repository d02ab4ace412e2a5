/** What people call a browser, by its user agent: `Firefox on Linux`. They name older ones too, so the order decides. */
export function browserName(text: string): string {
  const browser = [/Edg/, /OPR/, /Firefox/, /Chrome/, /Safari/].findIndex((one) => one.test(text))
  const system = [/Android/, /iPhone|iPad/, /Windows/, /Mac OS/, /Linux/].findIndex((one) => one.test(text))
  const named = ['Edge', 'Opera', 'Firefox', 'Chrome', 'Safari'][browser] ?? 'A browser'
  const on = ['Android', 'iOS', 'Windows', 'macOS', 'Linux'][system]
  return on ? `${named} on ${on}` : named
}
