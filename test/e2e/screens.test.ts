import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openBrowser } from './browser.ts'
import { dashboardWorld } from './dashboard-world.ts'
import { newInstallation } from './new-installation.ts'
import { PARTS_SHOWN } from './parts-shown.ts'
import { pictureName, printIndex, SHOWN } from './screens-index.ts'
import { SIZES, THEMES } from './sizes.ts'
import { smallPng } from './small-png.ts'
import { watchedPage } from './watched-page.ts'

const DIRECTORY = join(import.meta.dirname, '..', '..', 'docs', 'screens')
const INDEX = join(DIRECTORY, 'README.md')
const LONG_MS = 1_800_000

test.runIf(process.env.SCREENS)('with SCREENS=1: pictures are taken', takePictures, LONG_MS)

/** Once there are pictures, they are held to. */
test.runIf(existsSync(INDEX))(
  'docs/screens shows each page of the dashboard, and nothing else: or run `npm run screens`',
  () => {
    const names = [...SHOWN, ...PARTS_SHOWN].flatMap((visit) =>
      SIZES.flatMap(({ width }) => THEMES.map((theme) => pictureName(visit, theme, width))),
    )
    expect(readFileSync(INDEX, 'utf8')).toBe(printIndex())
    expect(readdirSync(DIRECTORY).sort()).toEqual(['README.md', ...names].sort())
  },
)

async function takePictures(): Promise<void> {
  await using acme = await dashboardWorld()
  await using first = await newInstallation()
  await using browser = await openBrowser()
  if (existsSync(DIRECTORY)) rmSync(DIRECTORY, { recursive: true })
  mkdirSync(DIRECTORY, { recursive: true })
  writeFileSync(INDEX, printIndex())
  const pages = SHOWN.map((visit) => ({ ...visit, address: () => visit.address(acme), act: undefined }))
  for (const viewport of SIZES) {
    for (const shown of [...pages, ...PARTS_SHOWN]) {
      await using context = await browser.newContext({ viewport })
      if (shown.who !== null) await acme.signIn(context, shown.who)
      const { page, open, settled } = await watchedPage(context)
      await open(new URL(await shown.address({ acme, first }), acme.url).href)
      await shown.act?.(page)
      for (const theme of THEMES) {
        await page.emulateMedia({ colorScheme: theme })
        await settled()
        const picture = smallPng(await page.screenshot({ animations: 'disabled' }))
        writeFileSync(join(DIRECTORY, pictureName(shown, theme, viewport.width)), picture)
      }
    }
  }
}
