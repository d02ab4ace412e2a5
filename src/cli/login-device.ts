import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { renderUnicodeCompact } from 'uqr'
import { z } from 'zod'
import { note } from './answer.ts'
import type { Tokens } from './config-file.ts'
import { Failure } from './failure.ts'
import { askForTokens, noSignIn, OauthRefusal, postForm } from './oauth.ts'
import type { Session } from './session.ts'
import { printable } from './table.ts'

const Offer = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  verification_uri_complete: z.string().optional(),
  expires_in: z.number(),
  interval: z.number().min(1).default(5),
})
type Offer = z.output<typeof Offer>

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
/** RFC 8628, 3.5: told to slow down, one waits so much longer from then on. */
const SLOWER_SECONDS = 5

/** Signs in with a browser anywhere: the code that is shown here is typed there (RFC 8628). */
export async function loginByDevice({ client, environment }: Session): Promise<Tokens> {
  const { baseUrl } = client
  const answer = await postForm(baseUrl, '/oauth/device_authorization', { client_name: hostname() })
  const offer = Offer.safeParse(answer).data
  if (offer === undefined) throw noSignIn(baseUrl)
  show(offer, environment.interactive)
  const end = Date.now() + offer.expires_in * 1000
  let seconds = offer.interval
  while (Date.now() < end) {
    await sleep(seconds * 1000)
    const polled = await poll(baseUrl, offer.device_code)
    if (typeof polled !== 'string') return polled
    // The network may be away for a while: that is no reason to ask more often.
    if (polled !== 'authorization_pending') seconds += SLOWER_SECONDS
  }
  throw tooLate()
}

async function poll(baseUrl: string, deviceCode: string): Promise<Tokens | string> {
  try {
    return await askForTokens(baseUrl, { grant_type: GRANT, device_code: deviceCode })
  } catch (error) {
    if (!(error instanceof OauthRefusal)) {
      if (error instanceof Failure && error.exit === 'unavailable') return 'unavailable'
      throw error
    }
    switch (error.error) {
      case 'authorization_pending':
      case 'slow_down':
        return error.error
      case 'access_denied':
        throw new Failure('forbidden', 'Somebody said no in the browser. Nothing was signed in.', {
          code: error.error,
        })
      case 'expired_token':
        throw tooLate()
      default:
        throw error
    }
  }
}

function show(offer: Offer, interactive: boolean): void {
  const [code, uri] = [printable(offer.user_code), printable(offer.verification_uri)]
  note(`To sign in, open this address in a browser, on this or another device:\n\n  ${uri}\n`)
  note(`and enter the code\n\n  ${code}\n`)
  if (interactive) note(`${renderUnicodeCompact(offer.verification_uri_complete ?? uri)}\n`)
  note(`Waiting. The code is good for ${Math.round(offer.expires_in / 60)} minutes; give it to nobody.`)
}

function tooLate(): Failure {
  return new Failure('failed', 'The code is too old: nobody entered it in time.', {
    code: 'expired_token',
    next: 'claviger login --device',
  })
}
