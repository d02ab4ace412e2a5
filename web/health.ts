export type Health = { ready: boolean /** What is wrong, as the server says it. */; detail: string[] }

/** How the server that answers this page is. Public, and no operation: load balancers ask the same. */
export async function askHealth(signal: AbortSignal): Promise<Health> {
  const response = await fetch('/readyz', { credentials: 'omit', cache: 'no-store', signal })
  const lines = (await response.text()).split('\n')
  return {
    ready: response.ok,
    detail: lines.filter((line) => line.startsWith('[-]')).map((line) => line.slice(4)),
  }
}
