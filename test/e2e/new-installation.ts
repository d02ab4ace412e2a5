import { firstRun } from '../../src/first-run.ts'
import { testApp } from '../app.ts'
import { freePort } from './free-port.ts'

/** An installation on its first day: it answers, nobody owns it yet, and `link` opens the form for whoever will. */
export type NewInstallation = AsyncDisposable & { url: string; link: string }

export async function newInstallation(): Promise<NewInstallation> {
  await using opened = new AsyncDisposableStack()
  const port = await freePort()
  const url = `http://localhost:${port}`
  const app = opened.use(await testApp({ url, port, drainSeconds: 0 }))
  const { setup } = await firstRun(app)
  if (setup.state !== 'open') throw new Error('somebody owns it already')
  await app.serve()
  const kept = opened.move()
  return {
    url,
    link: `${url}/setup?token=${setup.token}`,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
