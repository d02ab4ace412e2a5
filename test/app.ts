import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, type Ctx, visitOf } from '../src/app.ts'
import { buildApp } from '../src/build-app.ts'
import { type Config, readConfig } from '../src/config.ts'
import { openDataDirectory } from '../src/data-directory.ts'
import { type Actor, programActor } from '../src/domain/actor.ts'
import { createLog } from '../src/log.ts'
import { readRootKey } from '../src/root-key.ts'
import { serve } from '../src/serve.ts'
import { testDatabase } from './database.ts'

export type TestApp = App &
  AsyncDisposable & {
    /** Where the HTTP server answers, once `serve` was called. */
    url: string
    /** Its own database, for a test that needs a connection of its own. */
    databaseUrl: string
    /** Every line that was logged. */
    logged: string[]
    /** Moves the clock: `app.clock()` goes on from there. */
    advance(ms: number): void
    /** The App in the hands of `actor`: what an action takes. */
    as(actor?: Actor): Ctx
    /** Starts the real HTTP server on a free loopback port and returns its address. */
    serve(): Promise<string>
  }

const CLOSE_MS = 1_000

export const SETUP_ACTOR: Actor = programActor('setup', 'setup')

/** A whole App on a fresh database, in one call: `await using app = await testApp()`. */
export async function testApp(overrides: Partial<Config> = {}): Promise<TestApp> {
  await using opened = new AsyncDisposableStack()
  const database = opened.use(await testDatabase())
  const dataDir = mkdtempSync(join(tmpdir(), 'claviger-test-'))
  opened.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  openDataDirectory(dataDir)
  const config = {
    ...readConfig({ CLAVIGER_DATA_DIR: dataDir, PORT: '0', CLAVIGER_DRAIN_SECONDS: '1' }),
    ...overrides,
  }

  const logged: string[] = []
  const log = createLog({ logLevel: 'debug' }, (line) => logged.push(line))
  let aheadMs = 0
  const clock = () => new Date(Date.now() + aheadMs)
  const onTaken = (error: Error) => log.fatal(error.message)
  const { app, close } = await buildApp({
    config,
    rootKey: readRootKey(config).key,
    databaseUrl: database.url,
    log,
    clock,
    onTaken,
  })
  opened.defer(() => close(CLOSE_MS))

  const cleanup = opened.move()
  const testing: TestApp = {
    ...app,
    url: '',
    databaseUrl: database.url,
    logged,
    advance(ms) {
      aheadMs += ms
    },
    as(actor = SETUP_ACTOR) {
      return { ...visitOf(app), actor }
    },
    async serve() {
      const serving = await serve(app)
      cleanup.defer(() => serving.stop())
      testing.url = `http://127.0.0.1:${serving.ports.gateway}`
      return testing.url
    },
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
  return testing
}
