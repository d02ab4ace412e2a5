import type { ReactNode } from 'react'
import { moment } from '../../format.ts'
import { Time } from '../../ui/Time.tsx'
import classes from './keys.module.css'
import type { Key, NameOf } from './Place.tsx'
import { useTraffic } from './use-traffic.ts'

/** Why a key does not work now, or what is about to change; nothing for one that simply works. */
export function KeyBanner({ of: key, nameOf }: { of: Key; nameOf: NameOf }) {
  const says = SAYS[key.state](key, nameOf)
  const inGrace = key.secrets.filter(({ state }) => state === 'grace')
  const { sentence } = useTraffic(key)
  return (
    <>
      {says && (
        <div className={`${classes.banner} ${classes[says.tone]}`}>
          <div>{says.text}</div>
        </div>
      )}
      {inGrace.map(({ id, hint, expiresAt, lastUsedAt }, i) => (
        <div key={id} className={`${classes.banner} ${classes.accent}`}>
          <div>
            The old secret <code>{hint}</code> works until {expiresAt && moment(expiresAt)}.{' '}
            {lastUsedAt === null ? (
              'It was never used.'
            ) : (
              <>
                It was last used <Time at={lastUsedAt} />.
              </>
            )}{' '}
            {i === 0 && sentence}
          </div>
        </div>
      ))}
    </>
  )
}

type Said = { tone: 'warn' | 'bad' | 'quiet' | 'accent'; text: ReactNode } | null

const SAYS: Record<Key['state'], (key: Key, nameOf: NameOf) => Said> = {
  active: () => null,
  pending: ({ notBefore }) => ({
    tone: 'quiet',
    text: <>It does not work yet: it begins {notBefore ? `on ${moment(notBefore)}` : 'later'}.</>,
  }),
  suspended: ({ suspension }, nameOf) => ({
    tone: 'warn',
    text: (
      <>
        Suspended by {who(suspension?.by, nameOf)}: “{suspension?.reason}”.{' '}
        {suspension?.resumeAt
          ? `It works again from ${moment(suspension.resumeAt)}.`
          : 'It works again once somebody resumes it.'}
      </>
    ),
  }),
  expired: ({ expiresAt }) => ({
    tone: 'quiet',
    text: (
      <>
        It ended{expiresAt ? ` on ${moment(expiresAt)}` : ''}. An ended key cannot be extended: create a new
        one.
      </>
    ),
  }),
  revoked: ({ revokedAt }) => ({
    tone: 'bad',
    text: (
      <>
        Revoked{revokedAt ? ` on ${moment(revokedAt)}` : ''}, for good. Its history stays, and its secret is
        still recognized when somebody tries it.
      </>
    ),
  }),
}

/** A person by name; a program or a job by what it is called. */
export function who(actor: string | null | undefined, nameOf: NameOf): string {
  if (!actor) return 'somebody'
  return /^[a-z]+_[0-9A-Z]{26}$/.test(actor) ? nameOf(actor) : actor
}
