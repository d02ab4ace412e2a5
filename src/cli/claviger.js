#!/usr/bin/env node
// Plain JavaScript on purpose: a Node that cannot run TypeScript must still be able to say so.
import module from 'node:module'
import { fileURLToPath } from 'node:url'

if (process.features.typescript) {
  // Halves the time to start: what was compiled once is kept beside the packages.
  module.enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/claviger', import.meta.url)))
  await import('./main.ts')
} else {
  console.error(`Error: claviger needs Node 24 or newer to run; this is Node ${process.version}.
  The project brings its own: in its folder run "npm ci" once, then "npx claviger".`)
  process.exitCode = 1
}
