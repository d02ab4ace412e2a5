import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Bill } from '../fake-provider/exchange.ts'

/** At the pace of a slow model, ten words a second, it lasts longer than any cap that a test sets. */
const TEXT = 'word '.repeat(100)

const FAKE_PROVIDER = join(import.meta.dirname, '..', 'fake-provider.ts')

/** The fake provider in a process of its own: it outlives every crash of ours, and its bill with it. */
export type ProviderProcess = AsyncDisposable & {
  url: string
  bill(): Promise<Bill[]>
  state(): Promise<{ active: number; aborted: number; calls: number }>
}

export async function startProviderProcess(): Promise<ProviderProcess> {
  const child = spawn(process.execPath, [FAKE_PROVIDER, '0', JSON.stringify({ text: TEXT })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface(child.stdout), 'line')
  const { url } = JSON.parse(line)
  const ask = async (what: string) => (await fetch(`${url}/fake/${what}`)).json()
  return {
    url,
    bill: () => ask('bill') as Promise<Bill[]>,
    state: () => ask('state') as ReturnType<ProviderProcess['state']>,
    async [Symbol.asyncDispose]() {
      const closed = once(child, 'close')
      child.kill()
      await closed
    },
  }
}
