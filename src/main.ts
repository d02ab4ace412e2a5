import { flushCompileCache } from 'node:module'
import { say, sayAddresses, sayBuilt, sayFirstRun, saySetup } from './announce.ts'
import { type BuiltApp, buildApp, NodeTakenError } from './build-app.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { openDataDirectory } from './data-directory.ts'
import { type EmbeddedDatabase, openEmbeddedDatabase } from './db/embedded.ts'
import { suitHeapToCalls } from './heap.ts'
import { createLog, redact } from './log.ts'
import { readRootKey } from './root-key.ts'
import { type Serving, serve } from './serve.ts'

/** How long the last steps may take: writing what waits, and everything after a second signal. */
const HURRY_MS = 5_000

type Running = {
  config: Config
  embedded: EmbeddedDatabase | null
  built: BuiltApp
  serving: Serving
}

suitHeapToCalls()
try {
  await start(readConfig())
} catch (error) {
  say(`Claviger does not start. ${redact(error instanceof ConfigError ? error.message : describe(error))}`)
  process.exit(1)
}

/** Builds the one App there is, starts the chosen roles, and says where everything is. */
async function start(config: Config): Promise<void> {
  const log = createLog(config)
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'a bug: stopping')
    process.exit(1)
  })
  openDataDirectory(config.dataDir)
  const rootKey = readRootKey(config)
  const embedded = config.databaseUrl === null ? await openEmbeddedDatabase(config.dataDir, log) : null
  let built: BuiltApp | undefined
  try {
    const databaseUrl = config.databaseUrl ?? embedded?.url ?? ''
    const onTaken = (error: NodeTakenError) => {
      log.fatal(error.message)
      process.exit(1)
    }
    built = await buildApp({
      config,
      rootKey: rootKey.key,
      databaseUrl,
      log,
      clock: () => new Date(),
      onTaken,
    })
    const { app } = built
    sayBuilt(built, { embedded, rootKeyMade: rootKey.made })
    const first = setsUp(config) ? await (await import('./first-run.ts')).firstRun(app) : null
    if (first) sayFirstRun(first)

    const serving = await serve(app)
    stopOnSignals({ config, embedded, built, serving })
    sayAddresses(config, serving)
    if (first) saySetup(config, serving, first)
    flushCompileCache()
  } catch (error) {
    await built?.close(HURRY_MS)
    // Whoever holds the data directory uses this database too.
    if (!(error instanceof NodeTakenError)) await embedded?.stop()
    throw error
  }
}

/** Whoever serves the control plane, or was told by its variables. */
function setsUp({ roles, setup }: Config): boolean {
  return roles.has('api') || setup.organization !== null
}

function stopOnSignals(running: Running): void {
  let signals = 0
  const onSignal = () => {
    signals++
    if (signals === 1) void stop(running)
    if (signals === 2) {
      say('Stopping now: open streams are cut.')
      running.serving.cut()
      setTimeout(() => process.exit(1), HURRY_MS).unref()
    }
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}

/** Not ready at once; streams finish; what waits is written; then everything closes, the database last. */
async function stop({ config, embedded, built, serving }: Running): Promise<void> {
  say(`Stopping: open calls have up to ${config.drainSeconds} s to finish.`)
  await serving.stop()
  await built.close(HURRY_MS)
  await embedded?.stop()
  process.exit(0)
}

/** An error and what led to it, each in a sentence. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const message = error instanceof AggregateError ? error.errors.map(describe).join(' ') : error.message
  return error.cause === undefined ? message : `${message} ${describe(error.cause)}`
}
