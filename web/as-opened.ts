import { useState } from 'react'

/**
 * What a form was opened with, whatever is read while it is open. Its version goes along when it is saved: what somebody
 * else changed meanwhile is then told as a conflict, and not overwritten with what the form began with.
 */
export function useAsOpened<Thing>(now: Thing): Thing {
  const [then] = useState(now)
  return then
}
