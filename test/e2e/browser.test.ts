import { execFileSync } from 'node:child_process'
import { afterEach, expect, test, vi } from 'vitest'
import { openBrowser } from './browser.ts'
import { unpackChromium } from './unpack-chromium.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

/** A machine that has Node.js has these: the C library, and what comes with every compiler's output. */
const EVERYWHERE = /^(?:linux-vdso|ld-linux|lib(?:c|m|dl|rt|pthread|gcc_s)\.so)/

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'the browser brings the libraries that a bare machine lacks',
  async () => {
    const { path, env } = await unpackChromium()
    const needed = execFileSync('ldd', [path], { encoding: 'utf8', env: { ...process.env, ...env } })
    const libraries = needed
      .trim()
      .split('\n')
      .map((line) => line.trim())
    const own = env.LD_LIBRARY_PATH ?? ''
    const fromElsewhere = libraries.filter(
      (line) => !EVERYWHERE.test(line.replace(/^\/\S*\//, '')) && !line.includes(own),
    )
    expect(fromElsewhere).toEqual([])
    expect(libraries.filter((line) => line.includes(own)).length).toBeGreaterThan(3)
  },
)

test('text is painted', async () => {
  await using browser = await openBrowser()
  const page = await browser.newPage({ viewport: { width: 200, height: 60 } })
  await page.setContent('<p style="font-size: 20px">')
  const blank = await page.screenshot()
  await page.setContent('<p style="font-size: 20px">Claviger')
  expect((await page.screenshot()).length).toBeGreaterThan(blank.length * 2)
  const widthOf = (letter: string) =>
    page.evaluate(`document.createElement('canvas').getContext('2d').measureText('${letter}').width`)
  expect(await widthOf('i')).toBeLessThan(Number(await widthOf('M')))
})

test('a CHROME_PATH that is none is told, with what to do', async () => {
  vi.stubEnv('CHROME_PATH', '/nowhere/chrome')
  await expect(openBrowser()).rejects.toThrow(
    /No Chromium starts on this machine:\n {2}CHROME_PATH: .*\/nowhere\/chrome[\s\S]*apt-get install chromium/,
  )
})
