import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '..', '..')

/** A browser on disk, and the environment that it needs. */
export type BrowserFile = { path: string; env: Record<string, string> }

/**
 * The headless Chromium of `@sparticuz/chromium`, unpacked once into `node_modules/.cache`. It comes with the four
 * libraries that it needs beside libc (NSS, NSPR, expat) and with one font, so that it starts, and paints the same
 * text, on a machine that has neither.
 */
export async function unpackChromium(): Promise<BrowserFile> {
  const cache = join(ROOT, 'node_modules', '.cache')
  const dir = join(cache, `chromium-${versionOf()}`)
  if (!existsSync(dir)) {
    mkdirSync(cache, { recursive: true })
    const unpacking = mkdtempSync(join(cache, 'chromium-unpacking-'))
    await unpackInto(unpacking)
    writeFileSync(join(unpacking, 'fonts.conf'), FONTS_CONF)
    moveUnlessThere(unpacking, dir)
  }
  return {
    path: join(dir, 'chromium'),
    env: { LD_LIBRARY_PATH: join(dir, 'al2023', 'lib'), FONTCONFIG_FILE: join(dir, 'fonts.conf') },
  }
}

function versionOf(): string {
  const main = fileURLToPath(import.meta.resolve('@sparticuz/chromium'))
  return JSON.parse(readFileSync(join(dirname(main), '..', 'package.json'), 'utf8')).version
}

/**
 * The package unpacks into the temporary directory, and its libraries only where it takes itself to be in AWS Lambda:
 * so it does both in a process of its own, which is told so.
 */
async function unpackInto(dir: string): Promise<void> {
  const env = { ...process.env, TMPDIR: dir, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' }
  const script = `import chromium from '@sparticuz/chromium'; await chromium.executablePath()`
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT, env })
}

/** Of several workers that unpack at once the first one is kept: nobody ever sees half a browser. */
function moveUnlessThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!existsSync(to)) throw error
    rmSync(from, { recursive: true })
  }
}

/** Its own font first, which is everywhere the same; code and signs from the machine's fonts, where it has some. */
const FONTS_CONF = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
  <alias><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
`
