import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')

/** Collects what nobody holds any more, so that what is measured next is what somebody keeps. */
export const collectGarbage = runInNewContext('gc') as () => void
