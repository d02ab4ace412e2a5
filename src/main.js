// Plain JavaScript on purpose: what was compiled once is kept beside the packages, and then TypeScript's compiler is never
// loaded. That saves 18 MB, and most of the time that loading takes.
import module from 'node:module'
import { fileURLToPath } from 'node:url'

module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/claviger', import.meta.url)))
await import('./main.ts')
