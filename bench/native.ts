import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { benchDir, buildDir } from './settings.ts'

export const mockBinary = join(buildDir, 'mock')
export const loadgenBinary = join(buildDir, 'loadgen')

/** Compiles the mock provider and the load generator. They need a C compiler and nothing else. */
export function buildNatives(): void {
  mkdirSync(buildDir, { recursive: true })
  for (const [name, binary] of [
    ['mock.c', mockBinary],
    ['loadgen.c', loadgenBinary],
  ] as const) {
    execFileSync('cc', ['-O2', '-o', binary, join(benchDir, 'native', name)], { stdio: 'inherit' })
  }
}
