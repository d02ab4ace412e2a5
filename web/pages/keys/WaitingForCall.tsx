import { Loader } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { announce } from '../../ui/announce.tsx'
import { To } from '../../ui/To.tsx'
import classes from './keys.module.css'
import type { Key } from './Place.tsx'

/** For a key that nobody has called with: says so, and says when it happens. Nothing for any other. */
export function WaitingForCall({ of: key }: { of: Key }) {
  const waited = useRef(key.lastUsedAt === null)
  const [arrived, setArrived] = useState(false)
  useEffect(() => {
    if (!waited.current || key.lastUsedAt === null) return
    waited.current = false
    setArrived(true)
    announce('The first call arrived.')
  }, [key.lastUsedAt])
  const target = { to: '/keys/$keyId' as const, params: { keyId: key.id } }
  if (arrived) {
    return (
      <div className={`${classes.banner} ${classes.accent}`}>
        <div>
          The first call arrived.{' '}
          <To {...target} search={{ tab: 'log' }}>
            See it in the access log
          </To>
        </div>
      </div>
    )
  }
  if (key.lastUsedAt !== null) return null
  return (
    <div className={`${classes.banner} ${classes.quiet}`}>
      <Loader size="xs" aria-hidden />
      <div>
        Waiting for the first call…{' '}
        <To {...target} search={{ tab: 'use' }}>
          How to make it
        </To>
      </div>
    </div>
  )
}
