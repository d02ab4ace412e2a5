const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/**
 * Whether this can be an issuer whose keys and endpoints are asked for (OpenID Connect Discovery, 4): an address
 * over TLS, or on this machine, with nothing in it but host and path.
 */
export function isIssuer(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && url.search === '' && url.hash === '' && url.username === '' && isSafeEndpoint(text)
}

/** Whether somebody may be sent there with what they are to prove: over TLS, or on this machine. */
export function isSafeEndpoint(text: string): boolean {
  const url = URL.parse(text)
  if (url === null) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.includes(url.hostname))
}
