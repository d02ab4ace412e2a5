import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { mockBinary } from './native.ts'
import { listens, type Started, start, waitFor } from './processes.ts'
import { descendantsOf } from './procfs.ts'
import { benchDir, gatewayCore, helperCore, ports } from './settings.ts'
import { plainTarget, type Target } from './target.ts'

/** The mock provider by itself: what any gateway adds is measured from here. */
export async function startMock(): Promise<{ target: Target; mock: Started }> {
  const mock = start('mock', helperCore, [mockBinary, String(ports.mock)])
  await waitFor('mock', mock, () => listens(ports.mock))
  return { target: plainTarget('direct', ports.mock, []), mock }
}

/** nginx as a plain reverse proxy, in a directory of its own. */
export async function startNginx(tempDir: string): Promise<Target> {
  const prefix = join(tempDir, 'nginx')
  mkdirSync(prefix)
  const config = join(benchDir, 'peers', 'nginx.conf')
  const nginx = start('nginx', gatewayCore, ['nginx', '-p', prefix, '-c', config, '-e', 'stderr'])
  // The master listens before its worker is there.
  await waitFor(
    'nginx',
    nginx,
    async () => (await listens(ports.nginx)) && descendantsOf(nginx.pid).length > 0,
  )
  return plainTarget('nginx', ports.nginx, [nginx.pid, ...descendantsOf(nginx.pid)])
}

/** A bare relay on the same Node: see `relay.ts`. */
export async function startRelay(): Promise<Target> {
  const program = join(benchDir, 'relay.ts')
  const relay = start('relay', gatewayCore, [
    process.execPath,
    program,
    String(ports.relay),
    String(ports.mock),
  ])
  await waitFor('relay', relay, () => listens(ports.relay))
  return plainTarget('relay', ports.relay, [relay.pid])
}

/** Portkey's open-source gateway on the same Node; installed from its lockfile when it is not there yet. */
export async function startPortkey(): Promise<Target> {
  const dir = join(benchDir, 'peers', 'portkey')
  if (!existsSync(join(dir, 'node_modules'))) {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: dir, stdio: 'inherit' })
  }
  const program = join(dir, 'node_modules/@portkey-ai/gateway/build/start-server.js')
  const command = [process.execPath, program, `--port=${ports.portkey}`, '--headless']
  const portkey = start('portkey', gatewayCore, command, { cwd: dir })
  await waitFor('portkey', portkey, () => listens(ports.portkey))
  const headers = ['x-portkey-provider: openai', `x-portkey-custom-host: http://127.0.0.1:${ports.mock}/v1`]
  return { ...plainTarget('portkey', ports.portkey, [portkey.pid]), headers }
}
