import { expect, test } from 'vitest'
import { openBrowser } from './browser.ts'
import { readPng, smallPng } from './small-png.ts'

const SIZE = { width: 300, height: 200 }

test('a picture of few colours stays as it is, and a browser reads the same out of it', async () => {
  await using browser = await openBrowser()
  const page = await browser.newPage({ viewport: SIZE })
  await page.setContent('<h1>Claviger</h1><p style="background: #fae7db; height: 30px">')
  const png = await page.screenshot()
  const small = smallPng(png)
  expect(small.length).toBeLessThan(png.length * 0.7)
  const { width, height, rgb } = readPng(small)
  expect({ width, height }).toEqual(SIZE)
  expect(Buffer.from(rgb).equals(readPng(png).rgb)).toBe(true)
  const pixels = await page.evaluate(`(async () => {
    const image = new Image()
    image.src = 'data:image/png;base64,${small.toString('base64')}'
    await image.decode()
    const context = Object.assign(document.createElement('canvas'), ${JSON.stringify(SIZE)}).getContext('2d')
    context.drawImage(image, 0, 0)
    return [...context.getImageData(0, 0, image.width, image.height).data].filter((_, at) => at % 4 !== 3)
  })()`)
  expect(Buffer.from(pixels as number[]).equals(rgb)).toBe(true)
})
