import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ApiError } from '../../../src/contract/client.ts'
import { deliveryView } from '../../../src/contract/deliveries.ts'
import { q } from '../../api.ts'
import { moment } from '../../format.ts'
import { useAddress } from '../../search.ts'
import { Problem } from '../../ui/Region.tsx'
import { To } from '../../ui/To.tsx'
import classes from '../keys/keys.module.css'
import { type Delivery, standingOf } from './deliveries.ts'

/** Why the key that a link names (`?delivery=`) is not to be opened here. One that waits stands among those that do. */
export function Delivered() {
  const [{ delivery: deliveryId = '' }] = useAddress()
  const found = useQuery({ ...q(deliveryView, { params: { deliveryId } }), enabled: deliveryId !== '' })
  if (found.data) return <Said of={found.data} />
  if (found.error instanceof ApiError && found.error.status === 404) {
    return (
      <Banner>
        There is no key here for you to open. It was made for somebody else, or the link is not whole.
      </Banner>
    )
  }
  return <Problem error={found.error} />
}

function Said({ of: delivery }: { of: Delivery }) {
  const { keyId, keyName, openedAt } = delivery
  const standing = standingOf(delivery, new Date())
  if (standing === 'waits') return null
  const link = (
    <To to="/keys/$keyId" params={{ keyId }}>
      Show the key
    </To>
  )
  if (standing === 'over') {
    return (
      <Banner link={link}>
        The key {keyName} was not opened in time, or there is a newer delivery of it. Ask for it to be
        delivered again.
      </Banner>
    )
  }
  return (
    <Banner link={link}>
      The key {keyName} was opened on {moment(openedAt ?? '')}, and its secret is shown only once. If that was
      not you, revoke the key now. If you lost the secret, rotate it.
    </Banner>
  )
}

function Banner({ link, children }: { link?: ReactNode; children: ReactNode }) {
  return (
    <div className={`${classes.banner} ${classes.warn}`} role="status">
      <div>{children}</div>
      {link}
    </div>
  )
}
