import type { BuiltApp } from './build-app.ts'
import { type Config, hostInUrl } from './config.ts'
import type { EmbeddedDatabase } from './db/embedded.ts'
import type { FirstRun } from './first-run.ts'
import { CATALOGUE_DATE, CATALOGUE_VERSION, catalogueModels } from './providers/catalogue.ts'
import type { Serving } from './serve.ts'

const LABEL_WIDTH = 16
/** Where the command line looks by itself. */
const DEFAULT_URL = 'http://127.0.0.1:8484'

/** For the person at the terminal. It goes to standard error: standard output is the log's. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

export function sayBuilt(
  { app, migrations }: BuiltApp,
  { embedded, rootKeyMade }: { embedded: EmbeddedDatabase | null; rootKeyMade: boolean },
): void {
  say('Claviger')
  line('data directory', app.config.dataDir)
  if (rootKeyMade)
    line('root key', 'made, in secrets/root-key. Keep a copy: no other opens the secrets stored here')
  const kind = embedded ? 'embedded PostgreSQL' : 'PostgreSQL'
  line('database', `${kind} ready${embedded?.adopted ? ', adopted from an earlier run' : ''}`)
  line('migrations', `${migrations.applied} applied, ${migrations.total} in all`)
  line('prices', `${modelCount()} models, ${CATALOGUE_VERSION} of ${CATALOGUE_DATE}`)
}

export function sayFirstRun({ demoConnected }: FirstRun): void {
  if (demoConnected) line('demo provider', 'connected: the models demo/… answer offline and cost nothing')
}

export function sayAddresses(config: Config, { ports }: Serving): void {
  const controlPlane = addressOf(config, ports.controlPlane)
  if (config.roles.has('api')) {
    line('dashboard', controlPlane)
    line('control plane', `${controlPlane}/api/v1`)
    line('API reference', `${controlPlane}/api/docs`)
  }
  if (config.roles.has('gateway')) {
    const shared = ports.gateway === ports.controlPlane
    line('gateway', `${shared ? controlPlane : localAddress(config, ports.gateway)}/v1`)
  }
  line('health', `${controlPlane}/readyz`)
  if (config.host === 'localhost' || config.host.startsWith('127.') || config.host === '::1') {
    line('reachable', 'from this machine only: listening on loopback (CLAVIGER_HOST changes that)')
  }
}

export function saySetup(config: Config, { ports }: Serving, { setup }: FirstRun): void {
  if (setup.state === 'headless') say(`\nSet up. The owner's API token is in ${config.setup.tokenFile}.`)
  if (setup.state === 'recovered') {
    say(
      `\nA new API token for ${config.setup.email?.toLowerCase()} is in ${config.setup.tokenFile}. Revoke the lost one.`,
    )
  }
  if (setup.state !== 'open') return
  const address = addressOf(config, ports.controlPlane)
  const url = address === DEFAULT_URL ? '' : ` --url ${address}`
  const link = `${address}/setup?token=${setup.token}`
  say(
    `\nSet it up within ${setup.validMinutes} minutes, once: run \`npx claviger setup${url}\`, or open\n  ${link}\n`,
  )
}

/** As the configuration says it; with port 0 only the system knows which one it became. */
function addressOf(config: Config, port: number): string {
  return config.port === 0 ? localAddress(config, port) : config.url
}

function localAddress({ host }: Config, port: number): string {
  return `http://${hostInUrl(host)}:${port}`
}

function line(label: string, text: string): void {
  say(`  ${label.padEnd(LABEL_WIDTH)}${text}`)
}

function modelCount(): number {
  const kinds = ['openai', 'anthropic', 'google_gemini'] as const
  const names = kinds.map((kind) => catalogueModels({ kind, baseUrl: '' }, new Date()).length)
  return names.reduce((sum, count) => sum + count, 0)
}
