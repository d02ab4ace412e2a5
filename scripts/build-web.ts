import { execFileSync } from 'node:child_process'
import { existsSync, globSync, statSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const BUILT = join(ROOT, 'web/dist/index.html')
const VITE = join(ROOT, 'node_modules/vite/bin/vite.js')
/** All that the dashboard is made of. */
const SOURCES = ['web/**/*', 'src/contract/**/*.ts', 'src/domain/**/*.ts', 'package-lock.json']

/** Builds the dashboard into web/dist, unless what is there is younger than all that it is made of. */
export function buildWeb(): void {
  if (existsSync(BUILT) && changedAt(SOURCES) <= statSync(BUILT).mtimeMs) return
  // In a process of its own: what is built for a test is what people get, whatever NODE_ENV the test runs with.
  execFileSync(process.execPath, [VITE, 'build', '--config', 'web/vite.config.ts', '--logLevel', 'warn'], {
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: 'inherit',
  })
}

function changedAt(patterns: string[]): number {
  const files = globSync(patterns, { cwd: ROOT, exclude: ['web/dist/**', '**/*.test.ts'] })
  return Math.max(...files.map((file) => statSync(join(ROOT, file)).mtimeMs))
}

if (import.meta.main) buildWeb()
