import type { Egress } from '../egress.ts'
import { outboundFetch } from '../outbound-fetch.ts'

/** Why something did not arrive. What the receiver said is left out: it may be anything, and is for nobody here. */
export class PostError extends Error {
  override name = 'PostError'
}

const MAX_ANSWER_BYTES = 64 * 1024

/** Posts `body`. No redirect is followed, and the address is checked when it is connected to. Throws `PostError`. */
export async function post(
  egress: Egress,
  url: string,
  body: string,
  headers: Record<string, string>,
): Promise<void> {
  const response = await outboundFetch(egress, { maxBytes: MAX_ANSWER_BYTES })(url, {
    method: 'POST',
    body,
    headers,
  }).catch((cause) => {
    throw new PostError(reasonOf(cause), { cause })
  })
  if (!response.ok) throw new PostError(`The receiver answered ${response.status}.`)
}

function reasonOf(cause: unknown): string {
  const { kind, name } = cause as { kind?: string; name?: string }
  if (kind === 'forbidden') return 'The address is not a public one; see CLAVIGER_PRIVATE_UPSTREAMS.'
  if (name === 'TimeoutError') return 'The receiver took too long.'
  return 'The receiver was not reached.'
}
