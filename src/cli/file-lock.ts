import { mkdir, open, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from './failure.ts'

const TRY_AGAIN_MS = 50
/** Who holds it for so long is gone: it is held for one request. */
const ABANDONED_MS = 60_000

/** Does `work` while no other process of this command line does the same. */
export async function whileLocked<T>(path: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  while (!(await lock(path))) await sleep(TRY_AGAIN_MS)
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

async function lock(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx', 0o600)).close()
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new Failure('failed', `The file ${path} cannot be written.`, { cause })
    }
  }
  const heldSince = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  )
  if (Date.now() - heldSince > ABANDONED_MS) await rm(path, { force: true })
  return false
}
